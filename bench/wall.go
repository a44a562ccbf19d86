package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tongxin-hub/tongxin/bench/load"
	"github.com/tongxin-hub/tongxin/internal/app"
)

// lowerWall takes scope and row security from under the running hub: every child
// is in every role's view, and tables show all rows. Column privileges stay.
const lowerWall = `DO $$
DECLARE v record;
BEGIN
    FOR v IN SELECT schemaname, viewname, definition FROM pg_views WHERE schemaname LIKE 'tongxin\_%' AND viewname IN ('child', 'reach') LOOP
        EXECUTE format('CREATE OR REPLACE VIEW %I.%I AS %s', v.schemaname, v.viewname,
            regexp_replace(v.definition, '\s+WHERE CASE.*$', ''));
    END LOOP;
    FOR v IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity LOOP
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', v.relname);
    END LOOP;
    UPDATE wall SET digest = 'down';
END $$`

// secondWall measures what scope and row security in the database cost: the hub's
// CPU per request with and without them, turn and turn about.
func (m *measurement) secondWall(ctx context.Context, length time.Duration) (err error) {
	rounds := 1 + m.rounds/2
	m.say("\n### The second wall: CPU of the database per request of the hub, 8 clients\n")
	m.say("| workload | with ms | without ms | with / without |\n|---|---:|---:|---:|")
	defer func() { err = errors.Join(err, m.raiseWall(ctx)) }()
	for _, w := range workloads() {
		if !slices.Contains([]string{"w1", "w2", "w3", "w4a", "w5"}, w.code) {
			continue
		}
		requests, err := m.requests(w, &m.hub.Contestant)
		if err != nil {
			return err
		}
		with, without := make([]float64, rounds), make([]float64, rounds)
		for round := range rounds {
			if with[round], err = m.databaseTime(ctx, requests, length); err != nil {
				return err
			}
			if _, err := m.env.Set.DB.Exec(ctx, lowerWall); err != nil {
				return fmt.Errorf("take the wall down: %w", err)
			}
			if without[round], err = m.databaseTime(ctx, requests, length); err != nil {
				return err
			}
			if err := m.raiseWall(ctx); err != nil {
				return err
			}
		}
		a, b := median(with), median(without)
		m.say("| %s | %.3f | %.3f | **%.2f** |", w.title, a, b, a/b)
	}
	return nil
}

// raiseWall puts up what lowerWall took down.
func (m *measurement) raiseWall(ctx context.Context) error {
	_, err := app.Settle(ctx, m.env.Set.DB, app.Settlement{By: "bench"})
	return err
}

// databaseTime is the CPU of the database per request in milliseconds, statements
// having been planned anew first.
func (m *measurement) databaseTime(ctx context.Context, requests []load.Request, length time.Duration) (float64, error) {
	spec := load.Spec{Addr: m.hub.Addr, Requests: requests, Clients: 8, For: length / 4, Seed: 3}
	if _, err := load.Run(ctx, spec); err != nil {
		return 0, err
	}
	spec.For = length
	s, err := m.timed(ctx, &m.hub.Contestant, spec)
	return ms(s.Database), err
}
