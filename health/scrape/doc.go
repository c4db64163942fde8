// Package scrape measures from the instances' own /metrics pages, so that no
// Prometheus server is needed.
//
// A [Source] answers the asks of a rollout ([health.Ask]) with samples: what the
// candidate and what stable did in one closed interval. It reads raw counters and
// differences them itself; nothing is a rate, nothing is extrapolated. It keeps in
// memory what each series showed last, and needs no store: a host that restarts
// begins a new interval.
//
// One round of reading serves all asks that are due, 16 pages at a time. That is
// for fleets of some hundred instances; what is larger is read too far apart (see
// below) and needs a server that scrapes all the time.
//
// # What is counted
//
// [health.Measure] names the metrics by selectors as Prometheus has them, of a name
// and of conditions on labels: name{a="v",b!="v",c=~"re",d!~"re"}, values in double
// quotes or backquotes, regular expressions anchored. Bad and Total are counters; a
// classic histogram's name_count is one too. Histogram is a classic histogram by
// its name, and By the label that names the endpoint for [health.Sample.Counts]. Gauge
// is a gauge, of which each instance has one value in [health.Arm.Values]: the sum of its
// series, when the interval ends. An ask with an empty measure, or one of alerts, probes
// or tests, is another source's and is left alone.
//
// A Total of process_restarts, which is no metric, counts the restarts of processes: the
// starts of one version that an instance shows beyond the first. Two between two pages
// are one. [health.Arm.Time] is for how long the instances of an arm were measured.
//
// A page shows requests, not whose they were. Where some are mirrored the instances
// must tell them apart by a label, as the router marks them, and the selectors of
// mirrored and of served signals must each pick theirs.
//
// Pages are read in the text format, which has no native histograms: a histogram
// that is native only is not found. A page that is broken in any line is not read.
// One with more than 100,000 lines about the metrics that are asked for is not either;
// of other metrics it may have as many as [Options.Limit] allows.
//
// # Rules, and what each prevents
//
// Each series is differenced by itself, under the instance and the start of its
// process. A value that is smaller than before counts from 0, a histogram as a
// whole. Differences of sums would lose a restart among others' traffic, and
// without the start a restart that has already passed the old value is not seen.
// The start is the page's process_start_time_seconds, because it is of the same
// moment as the counters, and else [Endpoint.Started]. A page may contradict itself
// by a second: some systems compute the start from a clock that is corrected.
//
// A label set that is born on a page that was read before counts from 0, and so
// does a process that started during the rollout and after the evidence began: a
// canary's first errors are often the ones that matter. Any other first value is
// where counting begins: it may hold years. Without any start a new process is such
// another, so pages should show one. Clocks of hosts and instances should agree to
// the second, as a start is compared with the host's time.
//
// An interval has the same time for both arms. If the page of one instance cannot
// be read, nothing ends: the interval stays open for all, and the next round covers
// the whole time. Were only the missing instance left out, an incident that both
// arms saw would count for one of them. The same holds for a page on which all
// series of a process are gone, and for a round whose pages were read more than 1 s
// apart, or a tenth of the interval if that is smaller. Not ready and never read, an
// instance may still be starting: it hides nothing and holds up nobody.
//
// An interval that stays open for three times the cadence is told as an error that
// names the instance; so is, at once, a page with what cannot be counted: a value
// that is NaN, infinite or negative, a series twice, too many series, other
// buckets. What was counted until then stays pending, for both arms, and goes into
// the next interval that ends well, which begins where the errored one ended: bad
// events are not lost because a page was, and none is told twice. That interval's
// counts are of a longer time than it says, in the careful direction: the rates are
// right, and bake time is not earned for the outage. Only more than 2^53 events are
// dropped, for both arms: no sample could ever tell them.
//
// An instance that is no longer listed is not missed; what it did is kept. A target
// calls [Source.Last] after it drained an instance and before it stops it, or lists
// it as [Endpoint.Draining], else what it did after its last page is lost. Listed
// again, a process is the same for five minutes; later its value is where counting
// begins.
//
// What an instance did counts only if the whole interval, and all that is pending
// of it, lies past its warm-up. A candidate's instance in warm-up counts as
// [health.Sample.Warming], a stable one not at all. Cold starts would otherwise
// roll back most releases. Restarts count from the first second, because a process that
// crashes all the time is always in its warm-up. Warm-up runs from the first time the
// process was ready: if it began again when an instance is unready for a moment, the
// errors that made it so would be taken for those of a cold start. If the start is
// unknown it does begin again, because it may be another process.
//
// Bad without a series is 0 if Total has one: the first error is still to come.
// Without any series of Total on a page of the candidate, or without a candidate,
// there is no data, and what stable did meanwhile is dropped. More bad events than
// events in an interval are told with the next one, as a page is not always written
// in one instant; if they are too many again, the selectors do not count the same
// and that is an error.
//
// # Asked again
//
// An ask that is new is read at once and gives nothing: its interval begins with
// the first round in which every page could be read. All values of that round are
// where counting begins, those of new processes too, because nobody knows what
// stable did in that time.
//
// Until [health.Ask.From] has passed the beginning of an interval that was told, the
// ask is answered with that interval again, unchanged. A host that could not save
// its decision loses nothing, and one that asks too often changes nothing. If From
// lies beyond the beginning of the open interval, another host has told some of it:
// what is pending is dropped, and the interval begins anew. It also does if the
// clock is set back together with From; if only the clock goes back, the interval
// stays open until it has caught up.
package scrape
