// Package route decides which version serves a request, and whether stable's
// requests are copied to the candidate: what a proxy asks for every one of them.
//
// A [Table] is compiled once, from the routes of a step, the sticky attribute of
// its ladder, and a salt. [Table.Route] is then given the allocation that is in
// effect and one request. It allocates nothing, never fails, and may be called by
// many at once.
//
// # The rules
//
//  1. Routes, while the allocation says that they are in effect: the first one that
//     the request meets sends it to the candidate, whatever the weight. A candidate
//     without weight gets these requests and no others.
//  2. A request that has the sticky attribute goes where the bucket of its value is:
//     one of [strategy.Full] buckets, one for every basis point. The candidate has
//     the lowest ones, as many as its weight, leftovers the next, and stable the
//     others.
//  3. Every other request is drawn anew, by [Request.Draw], over the same buckets.
//  4. If it goes to stable, its mirror is drawn, by Draw also if the request is
//     sticky. So the copies are a fair sample of stable's requests, and not always
//     those of the same users.
//
// A user therefore stays on one side: when the candidate's weight grows, those that
// it has stay and some come, and when it falls some go back and nobody comes. A
// candidate that takes the place of a superseded one takes its users first: while
// the two together keep their share, nobody else is moved. Nobody comes to stable
// unless its weight grows, and nobody leaves it unless its weight falls; between the
// other two users change also when the candidate falls and leftovers do not. A route
// that is taken away lets the users that it sent fall back to their buckets.
//
// # Values
//
// Values are compared byte for byte. A regular expression matches the whole value.
// Names of headers are without regard to case; names of cookies and of attributes
// of a user are not. An attribute that is there and empty can be matched, by a
// regular expression; but it is not sticky, for it would send all who have it the
// same way.
//
// # Buckets
//
// They depend on the salt and on the value only, and never change: no version of
// this package gives a user another bucket, and other routers can find the same
// ones. In 64 bits, unsigned, wrapping around:
//
//	h = 14695981039346656037
//	for each byte of: the length of salt (8 bytes, highest first), salt, value
//		h = (h xor byte) * 1099511628211           // FNV-1a
//	h = (h xor h>>30) * 0xbf58476d1ce4e5b9
//	h = (h xor h>>27) * 0x94d049bb133111eb
//	h = h xor h>>31                                // the finalizer of splitmix64
//	bucket = the high 64 bits of the 128-bit product h * 10000
//
// FNV alone leaves the buckets of similar values side by side; the finalizer parts
// them. It is no secret: whoever knows the salt and chooses the value chooses the
// bucket, so it is not to guard anything.
//
// A salt that names the service keeps the same users first in every release; one
// that also names the release takes others every time. It must not change while a
// release is on its way, and all proxies of a stage must have the same.
//
// The package is pure: random numbers, like requests, come from the host.
package route
