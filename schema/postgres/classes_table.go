package postgres

// The rows follow "ALTER TABLE" in the manual, and for the locks AlterTableGetLockLevel in the server's source
// (src/backend/commands/tablecmds.c). The live tests say where they are measured.

func columnClasses() []Class {
	const ae = AccessExclusive
	return []Class{
		{Name: "add column", Table: ae},
		{Name: "add column, constant default", Table: ae}, // a missing value is stored once, since version 11
		{Name: "add column, stable default", Table: ae},
		{Name: "add column, volatile default", Table: ae, Rewrite: true},
		{Name: "add column, not null without default", Table: ae, Scan: true},
		{Name: "add column, serial", Table: ae, Rewrite: true},
		{Name: "add column, identity", Table: ae, Rewrite: true},
		{Name: "add column, generated", Table: ae, Rewrite: true, Since: 12},
		{Name: "add column, domain or unknown type", Table: ae, Rewrite: true},
		{Name: "add column, check", Table: ae, Scan: true},
		{Name: "add column, foreign key", Table: ae, Other: ShareRowExclusive},
		{Name: "add column, unique", Table: ae, Scan: true},
		{Name: "drop column", Table: ae},
		{Name: "rename column", Table: ae},
		{Name: "change type, free", Table: ae},
		{Name: "change type, indexes rebuilt", Table: ae, Rebuild: true, Scan: true},
		{Name: "change type, rewrite", Table: ae, Rewrite: true},
		{Name: "set default", Table: ae},
		{Name: "drop default", Table: ae},
		{Name: "set not null", Table: ae, Scan: true},
		{Name: "set not null, proven by a check", Table: ae, Scan: true, Until: 11},
		{Name: "set not null, proven by a check", Table: ae, Since: 12},
		{Name: "drop not null", Table: ae},
		{Name: "drop expression", Table: ae, Since: 13},
		{Name: "set expression", Table: ae, Rewrite: true, Since: 17},
		{Name: "add identity", Table: ae},
		{Name: "set identity", Table: ae},
		{Name: "drop identity", Table: ae},
		{Name: "set statistics", Table: ShareUpdateExclusive},
		{Name: "set column options", Table: ShareUpdateExclusive},
		{Name: "set storage", Table: ae},
		{Name: "set compression", Table: ae, Since: 14},
	}
}

func settingClasses() []Class {
	const ae = AccessExclusive
	return []Class{
		{Name: "rename table", Table: ae},
		{Name: "set schema", Table: ae},
		{Name: "owner", Table: ae},
		{Name: "set storage parameters", Table: ShareUpdateExclusive},
		{Name: "set logged or unlogged", Table: ae, Rewrite: true},
		{Name: "set tablespace", Table: ae, Rewrite: true},
		{Name: "set access method", Table: ae, Rewrite: true, Since: 15},
		{Name: "replica identity", Table: ae},
		{Name: "row level security", Table: ae},
		{Name: "enable or disable trigger", Table: ShareRowExclusive},
		{Name: "enable or disable rule", Table: ae},
		{Name: "cluster on", Table: ShareUpdateExclusive},
		{Name: "inherit", Table: ae, Other: ShareUpdateExclusive},
		{Name: "no inherit", Table: ae, Other: AccessShare},
		{Name: "attach partition", Table: ae, Other: ae, Scan: true, Until: 11},
		{Name: "attach partition", Table: ShareUpdateExclusive, Other: ae, Scan: true, Since: 12},
		{Name: "detach partition", Table: ae, Other: ae},
		{Name: "detach partition concurrently", Table: ShareUpdateExclusive, Other: ae, Tx: OutsideTx, Since: 14},
		{Name: "finalize detach", Table: ShareUpdateExclusive, Other: ae, Since: 14},
	}
}

func constraintClasses() []Class {
	const ae, sre, sue = AccessExclusive, ShareRowExclusive, ShareUpdateExclusive
	return []Class{
		{Name: "add check", Table: ae, Scan: true},
		{Name: "add check not valid", Table: ae},
		{Name: "validate check", Table: sue, Scan: true},
		{Name: "add foreign key", Table: sre, Other: sre, Scan: true},
		{Name: "add foreign key not valid", Table: sre, Other: sre},
		{Name: "validate foreign key", Table: sue, Other: RowShare, Scan: true},
		{Name: "add unique", Table: ae, Scan: true},
		{Name: "add primary key", Table: ae, Scan: true},
		{Name: "add exclusion", Table: ae, Scan: true},
		{Name: "add unique using index", Table: ae},
		{Name: "add primary key using index", Table: ae, Scan: true},
		{Name: "add primary key using index, columns not null", Table: ae},
		{Name: "drop constraint", Table: ae},
		{Name: "drop foreign key", Table: ae, Other: ae},
		{Name: "alter constraint", Table: ae},
		{Name: "rename constraint", Table: ae},
	}
}

func indexClasses() []Class {
	const ae, sue = AccessExclusive, ShareUpdateExclusive
	return []Class{
		{Name: "create index", Table: Share, Scan: true},
		{Name: "create unique index", Table: Share, Scan: true},
		{Name: "create index concurrently", Table: sue, Scan: true, Tx: OutsideTx},
		{Name: "create unique index concurrently", Table: sue, Scan: true, Tx: OutsideTx},
		{Name: "drop index", Table: ae, Index: ae},
		{Name: "drop index concurrently", Table: sue, Index: sue, Tx: OutsideTx},
		{Name: "reindex index", Table: Share, Index: ae, Rebuild: true, Scan: true},
		{Name: "reindex table", Table: Share, Rebuild: true, Scan: true},
		{Name: "reindex index concurrently", Table: sue, Index: sue, Rebuild: true, Scan: true, Tx: OutsideTx, Since: 12},
		{Name: "reindex table concurrently", Table: sue, Rebuild: true, Scan: true, Tx: OutsideTx, Since: 12},
		{Name: "reindex database", Table: Share, Index: ae, Rebuild: true, Scan: true, Tx: OutsideTx},
		{Name: "rename index", Index: ae, Until: 11},
		{Name: "rename index", Index: sue, Since: 12},
		{Name: "set index options", Index: ae, Until: 12},
		{Name: "set index options", Index: sue, Since: 13},
		{Name: "attach index", Table: AccessShare, Index: ae, Until: 11},
		{Name: "attach index", Table: AccessShare, Index: sue, Since: 12},
		{Name: "attach index, the partition's", Table: AccessShare, Index: ae},
	}
}
