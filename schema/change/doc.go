// Package change makes plans: from a list of changes, and from who touches what
// today, to a [schema.Plan] that verifies. It says which versions of the code there have to be and what
// each reads and writes, what is added, backfilled, proven and dropped, in which order, what must
// hold before each step, and to which versions one can no longer go back after it.
//
//	plan, err := change.Plan(change.Input{
//		Services: []change.Service{{Name: "shop", Reads: []string{"orders"}, Writes: []string{"orders"}}},
//		Changes:  []change.Change{change.RenameColumn{Table: "orders", Column: "a", To: "b"}},
//	}, change.Options{})
//
// # How it is done
//
// Each change is worked out apart, as a recipe: one attribute, the footprints that each service
// goes through, the steps in their order and what they need. Most changes are one of a few:
//
//   - An attribute moves to another form: by versions that write both ([RenameColumn], [ChangeType], [SplitColumn],
//     [MergeColumns], [SplitTable], [WidenKey]), by triggers ([Options.Triggers]), or by versions that read both
//     ([RenameEnumValue], [RenameTopic], [ChangeFormat]).
//   - A form comes or goes with its attribute ([AddColumn], [DropColumn], [AddField], [RemoveField], [AddEndpoint],
//     [RemoveEndpoint]).
//   - A value is allowed ([Relax], [AddEnumValue], [WidenField], [ChangeType] in place) or refused ([AddCheck], [AddUnique],
//     [AddForeignKey], [SetNotNull], [RemoveEnumValue]).
//   - A thing of the schema alone comes or goes ([AddIndex], [DropIndex], and the names of [RenameTable] and [DropTable]).
//
// Who goes first is never asked: it follows from who takes what of the other. Recipes are then laid side by side, so
// that one new version of a service serves as many of them as wait for it. Every plan
// goes through [schema.Verify] before anybody sees it; if it does not pass, the error is a
// [*NoSafePlan] with the story of what would go wrong.
//
// # What is needed
//
// A step needs what the verifier cannot do without, and little else; what else there is, and why, is in
// testdata/equivalents.txt. All that is asked is asked of the world as it is when the step begins, so that a rollback
// may undo what was waited for.
//
// # What is left to others
//
// SQL is carried in [schema.Definition]s, for those who render statements. Names of tables and columns are given as they are
// stored, without quotes; but Forward, Backward, Join, Mend, Fill, Where and Expr are SQL, in which names of columns that need quotes
// (capitals, keywords) must have them. Whether a type can be changed in place,
// and whether a backward expression undoes a forward one, is for the caller to know: values that do not
// go both ways are listed as [Value]s.
package change
