package prometheus

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

// FuzzAnswer feeds two answers to all that reads and counts them: nothing panics, and
// every sample is one that can be judged. What is no answer is no evidence.
func FuzzAnswer(f *testing.F) {
	const head = `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"m","job":"j","instance":"i","version":"v2","le":"1"},`
	f.Add(head+`"values":[[946684795,"1"],[946684801,"5"]]}]}}`, head+`"values":[[946684805,"3"],[946684812.5,"9"]]}]}}`)
	f.Add(head+`"values":[[946684795,"NaN"]]}]}}`, head+`"values":[[946684805,"+Inf"]]}]}}`)
	f.Add(head+`"values":[[946684805,"-1"],null]}]}}`, head+`"values":[[1e300,"1e300"],[-1,"2"]]}]}}`)
	f.Add(head+`"histograms":[[946684801,{"count":"3","sum":"1","buckets":[[0,"1","2","2"],[3,"-0.1","0.1","1"]]}]]}]}}`,
		head+`"histograms":[[946684811,{"count":"9","sum":"NaN","buckets":[[0,"1","4","6"]]}],[946684812,null]]}]}}`)
	f.Add(head+`"histograms":[[946684801,{"count":"1","buckets":[null]}]]},null]}}`, `{"status":"error","errorType":"x"}`)
	f.Add(`{"status":"success","data":{"resultType":"vector","result":[null,{"value":[1,"1"]}]}}`, `[]`)
	f.Fuzz(func(t *testing.T, first, second string) {
		for _, m := range []health.Measure{{Total: "m", Bad: "m", By: "le"}, {Histogram: "m"}, {Gauge: "m"}, {Total: "process_restarts"}} {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.ask.Measure, w.ask.Measure.Compare = m, true
				text := first
				w.handle = func(r http.ResponseWriter, _ *http.Request) bool {
					_, _ = r.Write([]byte(text))
					return true
				}
				for range 6 {
					time.Sleep(every)
					for _, s := range w.call() { // checks the sample
						if s.Fetch != health.Healthy && s.Candidate.Exposure+s.Stable.Exposure != 0 {
							t.Errorf("evidence of nothing: %+v", s)
						}
					}
					text = second
				}
			})
		}
	})
}

func TestDecodeRefuses(t *testing.T) {
	const head = `{"status":"success","data":{"resultType":"matrix","result":[`
	for _, text := range []string{
		``, `{}`, `[]`, `{"status":"success"}`, head + `null]}}`,
		head + `{"metric":{},"values":[[2,"1"],[2,"1"]]}]}}`,
		head + `{"metric":{},"values":[[2,"1"],null]}]}}`,
		head + `{"metric":{},"values":[[2,1]]}]}}`,
		head + `{"metric":{},"histograms":[[2,null]]}]}}`,
		head + `{"metric":{},"histograms":[null]}]}}`,
		`{"status":"success","data":{"resultType":"vector","result":[null]}}`,
	} {
		if a, err := decode([]byte(text)); err == nil {
			t.Errorf("%s: got %+v", text, a)
		}
	}
}
