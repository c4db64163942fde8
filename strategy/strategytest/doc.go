// Package strategytest tests strategies, in the manner of [testing/fstest]: one
// call says everything that is wrong with one.
//
//	func TestMine(t *testing.T) {
//		if err := strategytest.Test(Mine{Half: "50%"}); err != nil {
//			t.Fatal(err)
//		}
//	}
//
// [Test] climbs the strategy's ladder up and down in simulated fleets of many
// sizes and kinds, with targets that obey and targets that do their worst, and
// checks every move. Its parts are there for one's own movers and hosts: [Check]
// judges one allocation, a [World] is a simulated target with time.
//
// What must hold are the promises of package strategy, each with a number:
//
//	 1  Weights are 0% to 100% and add up to 100%.
//	 2  A move takes no ready instance below the floor, adds none above the ceiling,
//	    and does not do both in one call.
//	 3  No version is raised above what its settled instances carry while another can
//	    take it; one without a ready instance has no traffic, no routes, no mirror.
//	 4  No version goes below what its step says.
//	 5  Ready instances go only after their traffic, and their routes, went.
//	 6  Unready instances go first, and block nothing.
//	 7  An obedient target arrives at every feasible step, and stays there.
//	 8  Scaling on the way changes neither of these.
//	15  From everywhere there is a way back to stable.
package strategytest
