package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// database makes an empty one on the server, and returns how to connect to it, the server's major version, and what drops it.
func database(ctx context.Context, dsn string) (config *pgx.ConnConfig, version int, drop func(), err error) {
	config, err = pgx.ParseConfig(dsn)
	if err != nil {
		return nil, 0, nil, err
	}
	config.RuntimeParams["timezone"] = "UTC"
	admin, err := pgx.ConnectConfig(ctx, config.Copy())
	if err != nil {
		return nil, 0, nil, err
	}
	name := fmt.Sprintf("gradatim_example_%d_%d", os.Getpid(), time.Now().UnixNano())
	var number string
	err = admin.QueryRow(ctx, "SHOW server_version_num").Scan(&number)
	if err == nil {
		version, err = strconv.Atoi(number)
	}
	if err == nil {
		_, err = admin.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	}
	if err != nil {
		_ = admin.Close(ctx)
		return nil, 0, nil, err
	}
	drop = func() {
		ctx := context.WithoutCancel(ctx)
		_, _ = admin.Exec(ctx, "DROP DATABASE "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)") // PostgreSQL 13 and later
		_ = admin.Close(ctx)
	}
	config.Database = name
	return config, version / 10000, drop, nil
}
