package telemetry

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

const (
	// none labels a request that did not state its purpose.
	none = "NONE"
	// other labels a value outside its closed set.
	other = "OTHER"
	// ok labels a request that was answered with data.
	ok = "OK"
)

// Refusal is why a request was turned away before it was read.
type Refusal string

const (
	// PerCaller means that this caller sends more than its share.
	PerCaller Refusal = "CALLER"
	// Overload means that the hub is busy with as many requests as it takes.
	Overload Refusal = "OVERLOAD"
)

// Metrics are the hub's instruments. Their labels come from closed sets that
// were given at start; nothing that a caller chose becomes a label.
type Metrics struct {
	requests, disclosures, withheld, auditFailures, plans, refused metric.Int64Counter
	cosignatures                                                   metric.Int64Counter
	took, auditTook                                                metric.Float64Histogram
	witnessAge                                                     metric.Float64Gauge

	outcomes              map[outcome]labelled
	purposes              map[string]bool
	forms, reasons        map[string]metric.MeasurementOption
	planHit, planMiss     metric.MeasurementOption
	perCaller, overloaded metric.MeasurementOption

	answers   map[outcome]metric.MeasurementOption // of witnesses: result and name
	witnesses map[string]metric.MeasurementOption
}

// labelled are the options of one label set, ready to be passed on: a list made
// for each call would be two allocations a request.
type labelled struct {
	add    []metric.AddOption
	record []metric.RecordOption
}

// outcome labels a request.
type outcome struct{ code, purpose string }

func newMetrics(meter metric.Meter, v Vocabulary) (*Metrics, error) {
	b := builder{meter: meter}
	m := &Metrics{
		requests:      b.counter("tongxin.requests", "GraphQL requests by outcome code and purpose"),
		disclosures:   b.counter("tongxin.disclosures", "coordinates of children shown, by form"),
		withheld:      b.counter("tongxin.withheld", "coordinates withheld, by reason"),
		auditFailures: b.counter("tongxin.audit.failures", "audit entries that did not become durable"),
		plans:         b.counter("tongxin.plans", "disclosure plans looked up, by cache result"),
		refused:       b.counter("tongxin.rate.limited", "requests turned away unread, by reason"),
		took:          b.histogram("tongxin.request.duration", "time to answer a GraphQL request"),
		auditTook:     b.histogram("tongxin.audit.duration", "time until an audit entry is durable"),
		cosignatures:  b.counter("tongxin.witness.answers", "what witnesses answered to a checkpoint, by witness and result"),
		witnessAge:    b.gauge("tongxin.witness.age", "time since a witness last cosigned, by witness"),
		answers:       answers(v), witnesses: labels("witness", v.Witnesses),
		outcomes: outcomes(v.Purposes), purposes: setOf(v.Purposes),
		forms: labels("form", v.Forms), reasons: labels("reason", v.Reasons),
		planHit: label("result", "HIT"), planMiss: label("result", "MISS"),
		perCaller: label("reason", string(PerCaller)), overloaded: label("reason", string(Overload)),
	}
	return m, errors.Join(b.errs...)
}

// Request counts one answered request. Code is empty where data was returned.
func (m *Metrics) Request(ctx context.Context, code fault.Code, purpose string, took time.Duration) {
	o := outcome{code: string(code), purpose: purpose}
	if code == "" {
		o.code = ok
	}
	if purpose == "" {
		o.purpose = none
	} else if !m.purposes[purpose] {
		o.purpose = other
	}
	option, known := m.outcomes[o]
	if !known {
		option = m.outcomes[outcome{other, o.purpose}]
	}
	m.requests.Add(ctx, 1, option.add...)
	m.took.Record(ctx, took.Seconds(), option.record...)
}

// Disclosed counts n coordinates of children shown in a form.
func (m *Metrics) Disclosed(ctx context.Context, form string, n int) {
	m.disclosures.Add(ctx, int64(n), pick(m.forms, form))
}

// Withheld counts n coordinates withheld for a reason.
func (m *Metrics) Withheld(ctx context.Context, reason string, n int) {
	m.withheld.Add(ctx, int64(n), pick(m.reasons, reason))
}

// AuditWritten counts an attempt to make one audit entry durable.
func (m *Metrics) AuditWritten(ctx context.Context, took time.Duration, err error) {
	m.auditTook.Record(ctx, took.Seconds())
	if err != nil {
		m.auditFailures.Add(ctx, 1)
	}
}

// PlanCache counts one look into the cache of disclosure plans.
func (m *Metrics) PlanCache(ctx context.Context, hit bool) {
	if hit {
		m.plans.Add(ctx, 1, m.planHit)
		return
	}
	m.plans.Add(ctx, 1, m.planMiss)
}

// RateLimited counts a request that was turned away unread.
func (m *Metrics) RateLimited(ctx context.Context, why Refusal) {
	if why == PerCaller {
		m.refused.Add(ctx, 1, m.perCaller)
		return
	}
	m.refused.Add(ctx, 1, m.overloaded)
}

// Witnessed counts one answer of a witness: why it did not cosign, "" if it did.
func (m *Metrics) Witnessed(ctx context.Context, witness, why string) {
	if why == "" {
		why = ok
	}
	if option, known := m.answers[outcome{why, witness}]; known {
		m.cosignatures.Add(ctx, 1, option)
	}
}

// WitnessAge records how long ago a witness cosigned.
func (m *Metrics) WitnessAge(ctx context.Context, witness string, age time.Duration) {
	m.witnessAge.Record(ctx, age.Seconds(), pick(m.witnesses, witness))
}

// answers prepares the label set of every witness with every result.
func answers(v Vocabulary) map[outcome]metric.MeasurementOption {
	all := map[outcome]metric.MeasurementOption{}
	for _, witness := range v.Witnesses {
		for _, result := range append([]string{ok}, v.Refusals...) {
			all[outcome{result, witness}] = metric.WithAttributeSet(attribute.NewSet(
				attribute.String("witness", witness), attribute.String("result", result)))
		}
	}
	return all
}

// builder makes instruments and collects what goes wrong.
type builder struct {
	meter metric.Meter
	errs  []error
}

func (b *builder) counter(name, about string) metric.Int64Counter {
	c, err := b.meter.Int64Counter(name, metric.WithDescription(about))
	b.errs = append(b.errs, err)
	return c
}

func (b *builder) histogram(name, about string) metric.Float64Histogram {
	h, err := b.meter.Float64Histogram(name, metric.WithDescription(about), metric.WithUnit("s"),
		metric.WithExplicitBucketBoundaries(.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10))
	b.errs = append(b.errs, err)
	return h
}

func (b *builder) gauge(name, about string) metric.Float64Gauge {
	g, err := b.meter.Float64Gauge(name, metric.WithDescription(about), metric.WithUnit("s"))
	b.errs = append(b.errs, err)
	return g
}

// outcomes prepares the label set of every code with every purpose, so that
// counting allocates nothing.
func outcomes(purposes []string) map[outcome]labelled {
	codes := []string{ok, other}
	for _, c := range fault.Codes() {
		codes = append(codes, string(c))
	}
	all := make(map[outcome]labelled, len(codes)*(len(purposes)+2))
	for _, code := range codes {
		for _, purpose := range append([]string{none, other}, purposes...) {
			set := metric.WithAttributeSet(attribute.NewSet(
				attribute.String("code", code), attribute.String("purpose", purpose)))
			all[outcome{code, purpose}] = labelled{[]metric.AddOption{set}, []metric.RecordOption{set}}
		}
	}
	return all
}

func labels(key string, values []string) map[string]metric.MeasurementOption {
	all := map[string]metric.MeasurementOption{other: label(key, other)}
	for _, v := range values {
		all[v] = label(key, v)
	}
	return all
}

func label(key, value string) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(attribute.String(key, value)))
}

func pick(from map[string]metric.MeasurementOption, value string) metric.MeasurementOption {
	if option, known := from[value]; known {
		return option
	}
	return from[other]
}

func setOf(values []string) map[string]bool {
	set := make(map[string]bool, len(values))
	for _, v := range values {
		set[v] = true
	}
	return set
}
