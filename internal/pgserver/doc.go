// Package pgserver starts a real PostgreSQL for tests and examples, and takes it away again.
//
// The server is new and empty, runs as a user who is not root, listens on a Unix socket in a directory of its own and
// nowhere else, asks for no password, and gives up durability for speed. It ends with Stop, and on Linux also when the
// process that started it is killed. What a killed process leaves in the temporary directory is removed by the next
// Start.
//
// Two environment variables lead elsewhere: GRADATIM_POSTGRES_DSN names a server that runs already and is used as it
// is, GRADATIM_POSTGRES_BIN the directory of initdb and postgres. Where there is nothing to start, Start says
// [ErrNone], and a test skips:
//
//	server, err := pgserver.Start(ctx)
//	if errors.Is(err, pgserver.ErrNone) {
//		t.Skip(err)
//	}
package pgserver
