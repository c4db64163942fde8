// Package prometheus measures from what a Prometheus server has scraped.
//
// A [Source] answers the asks of a rollout ([health.Ask]) with samples: what the
// candidate and what stable did in one closed interval. It reads raw samples and
// differences them itself, series by series. Nothing is a rate and nothing is
// extrapolated: rate() and increase() make 4 errors of 3, lose those of a new instance
// before its first scrape, and count errors twice where windows overlap.
//
// It keeps in memory what each series showed last, and needs no store: a host that
// restarts begins a new interval. For what asks and samples are, and for fleets without
// a server, see package scrape; both keep the same contract.
//
// # What is asked
//
// All of an ask is read as of one instant, which lies one scrape interval in the past:
// every target was scraped since, and the server had the time to write it down. There
// are instant queries of raw range selectors, name{...}[90s], for the series of the
// measure, for up and for process_start_time_seconds of the same targets, and one of up
// alone. The range reaches back to what was read last, an hour at most, and less after an
// answer that was refused or too large.
//
// An interval lasts a scrape interval at least, whatever the ask's cadence, and is told
// at least one after its end. [Options.Scrape] must be as long as the longest scrape
// interval of what is measured.
//
// # What is counted
//
// [health.Measure] names the series by selectors: name{a="v",b!="v",c=~"re",d!~"re"}.
// Bad and Total are counters. Histogram is a classic or a native histogram by its name;
// where an instance has both, the classic one is read. Gauge is a gauge, of which each
// instance has one value: the sum of its series. A Total of process_restarts counts the
// restarts of processes, as far as scrapes see them. By is the label that names the
// endpoint for [health.Sample.Counts]. Asks about alerts, probes and tests are others'.
//
// For the scopes candidate and stable the label [Options.Version] tells the versions
// apart, besides the conditions of [Options.Stage] and [Options.Match]. For upstream,
// downstream and business the selector is used as it stands, and all that it matches is
// told as the candidate's: that an upstream's errors stay below a limit needs nothing
// more. To compare what two versions do to others, the others' series must name the
// version they dealt with: [Options.Called] is that label.
//
// Series show requests, not whose they were. Where some are mirrored the instances must
// tell them apart by a label, and the selectors of mirrored and of served signals must
// each pick theirs.
//
// # Rules, and what each prevents
//
// Each series is differenced by itself, in the order of its samples, under its process.
// A value that is smaller than before counts from 0, a histogram as a whole. So does one
// after a changed process_start_time_seconds (by more than a second, which clocks that
// are corrected may be off): a restart that has passed the old value before the next
// scrape is not seen otherwise. A sample that is not newer than the last one of its
// series counts nothing, so that ranges may overlap; missed scrapes do no harm.
//
// A label set that is born on an instance that was scraped before counts from 0, and so
// does a process that started during the rollout and after the evidence began, or while
// its target was watched. Any other first value is where counting begins: it may hold
// years. Without process_start_time_seconds a new process is such another.
//
// An interval has the same time for both arms. All targets of which there are series
// must be up at its end, scraped within the last scrape interval and a quarter, and show
// series still. If one is not, nothing ends: the interval stays open for both arms, and
// is told as an error that names the instance once it was open for three times the
// cadence. What was counted stays pending, for both arms, and goes into the next interval
// that ends well. A target that is not in up any more has ended: it is not missed, and
// what it did is told. One that never showed a series holds up nobody. Series without the
// label instance have no up; they must have new samples.
//
// A server that cannot be reached, is overloaded or too slow (5xx, 408, 429) keeps the
// interval open in the same way, and is then told as no data. A query that it refuses,
// and an answer that is too large or is none, is told as an error when the ask is due: no
// later try would be better. So is a value that cannot be counted. An answer with a warning
// may be incomplete, because a store behind the server is away: what is missing would look
// like instances that have ended. It is taken for no answer, and so is one that says it is
// partial. A warning that series were left out because floats and histograms were mixed is
// an error. What a server only informs of is told as the sample's reason.
//
// Targets are scraped at different times. Where the newest samples of the arms of a
// comparison are more than 1 s apart, or a tenth of the interval if that is smaller, one
// arm sees an incident before the other. Such an interval is told with what stable did in
// the one before and the one after ([health.Sample.Overlap]), and so one interval later.
// If the one after cannot be measured, both are told as one that went wrong, and what was
// counted is kept.
//
// What an instance did counts only if the whole interval lies past its warm-up. Prometheus
// knows no readiness: the warm-up runs from the start of the process, or else from its
// first sample; give the ask that much more. A candidate's instance in warm-up counts as
// [health.Sample.Warming], a stable one not at all. Restarts count from the first second,
// and the series of others know no warm-up.
//
// Bounds of histograms are those that all instances of both arms have: counts up to a
// bound are exact whatever lies between, so leaving others out loses nothing else.
// Classic bounds are compared as numbers, not as text. Native histograms are cut at fixed
// bounds, four to a doubling from 2^-30 to 2^33, or fewer where the resolution is lower;
// an objective must stand on one of them, such as 0.5. Custom buckets are refused.
//
// # What it cannot see
//
// A label that a new configuration gives to a target that runs already, or takes from it,
// makes new series of the old ones, and they count from 0: do not change the labels of
// what is being rolled out. A process that was started during the rollout and whose clock
// is then set by more than a second looks like one that was restarted. A target that two
// jobs or two replicas scrape into one store is counted twice.
//
// # What is learned
//
// With [health.Measure.Learn] the source looks that far back (a day at most) when an ask
// is new, and says in [health.Sample.Dispersion] how much more than by chance stable's
// counts vary. Of a histogram the slowest tenth of the requests is looked at. Where so much
// is more than [Options.Limit] or than the server gives, it looks less far back.
package prometheus
