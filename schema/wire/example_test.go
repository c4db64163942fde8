package wire_test

import (
	"fmt"

	"github.com/seed-20fe5ead/gradatim/schema/wire"
)

// A field that moves to a new number can be read, but its value is gone. Other checkers call this compatible.
func ExampleCompare() {
	old := wire.Format{
		Name: "order v1", Encoding: wire.Protobuf,
		Fields: []wire.Field{{Name: "total", Number: 1, Type: wire.Int64}},
	}
	moved := wire.Format{
		Name: "order v2", Encoding: wire.Protobuf,
		Fields: []wire.Field{{Name: "total", Number: 2, Type: wire.Int64}},
	}
	for _, f := range wire.Compare(old, moved) {
		fmt.Println(f)
	}
	// Output:
	// lossy: total: the reader looks for it elsewhere and finds nothing, as in {"total":1}
}

// Readers come first when an enum gets a symbol: the old ones fail, and need not know it if they have a fallback.
func ExampleCompare_enum() {
	status := func(fallback string, symbols ...string) wire.Format {
		f := wire.Field{Name: "status", Type: wire.Enum, Closed: true, Fallback: fallback}
		for _, s := range symbols {
			f.Symbols = append(f.Symbols, wire.Symbol{Name: s})
		}
		return wire.Format{Name: "order", Encoding: wire.JSON, Fields: []wire.Field{f}}
	}
	v1, v2 := status("", "OPEN", "SHUT"), status("", "OPEN", "SHUT", "LATE")
	fmt.Println("v2 reads v1:", wire.Worst(wire.Compare(v1, v2)))
	fmt.Println("v1 reads v2:", wire.Compare(v2, v1))
	fmt.Println("v1 with a fallback:", wire.Worst(wire.Compare(v2, status("OPEN", "OPEN", "SHUT"))))
	// Output:
	// v2 reads v1: ok
	// v1 reads v2: [error: status: "LATE" (enum) is no symbol of the enum (enum), as in {"status":"LATE"}]
	// v1 with a fallback: lossy
}

// Each version reads its neighbour's records, and yet the third cannot read the first one's: what is still on the topic counts.
func ExampleRetained() {
	v1 := wire.Format{Name: "v1", Encoding: wire.Avro, Fields: []wire.Field{{Name: "id", Type: wire.Int64}}}
	region := wire.Field{Name: "region", Type: wire.String, Default: `"eu"`}
	v2 := wire.Format{Name: "v2", Encoding: wire.Avro, Fields: append(v1.Fields, region)}
	region.Default = ""
	v3 := wire.Format{Name: "v3", Encoding: wire.Avro, Fields: append(v1.Fields, region)}

	fmt.Println(wire.Worst(wire.Compare(v1, v2)), wire.Worst(wire.Compare(v2, v3)))
	for _, f := range wire.Retained(v3, v1, v2) {
		fmt.Println(f.Writer, f)
	}
	// Output:
	// ok ok
	// v1 error: region: the reader requires it and the writer does not write it, as in {"id":0}
}

// A version that writes records back drops what it does not know.
func ExampleRewrite() {
	v2 := wire.Format{Name: "v2", Encoding: wire.JSON, Fields: []wire.Field{
		{Name: "name", Type: wire.String}, {Name: "email", Type: wire.String},
	}}
	v1 := wire.Format{Name: "v1", Encoding: wire.JSON, Fields: []wire.Field{{Name: "name", Type: wire.String}}}
	fmt.Println(wire.Compare(v2, v1), wire.Rewrite(v2, v1))
	v1.Unknown = wire.Keep
	fmt.Println(wire.Rewrite(v2, v1))
	// Output:
	// [] [lossy: email: the reader drops it when it writes the record back, as in {"email":"a"}]
	// []
}

// While a blob changes its encoding, readers know both by the tag before it.
func ExampleDispatch() {
	fields := []wire.Field{{Name: "id", Type: wire.Int64}}
	old := wire.Format{Name: "json", Tag: "J1", Encoding: wire.JSON, Fields: fields}
	renewed := wire.Format{Name: "avro", Tag: "A1", Encoding: wire.Avro, Fields: fields}
	fmt.Println(wire.Worst(wire.Dispatch(old, old, renewed)), wire.Worst(wire.Dispatch(renewed, old, renewed)))
	fmt.Println(wire.Dispatch(renewed, old))
	// Output:
	// ok ok
	// [error: the reader refuses the tag "A1", as in {"id":0}]
}

func ExampleDecode() {
	_, err := wire.Decode([]byte(`{"encoding": "protobuf", "reservedNumbers": [3], "fields": [
		{"name": "id", "number": 1, "type": "int64", "default": "7"},
		{"name": "id", "number": 3, "type": "text"}]}`))
	fmt.Println(err)
	// Output:
	// fields[0].default: needs an explicit field
	// fields[1].name: "id" is taken
	// fields[1].type: "text" is not a type
	// fields[1].number: 3 is reserved
}
