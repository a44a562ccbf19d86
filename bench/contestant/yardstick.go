package contestant

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/tongxin-hub/tongxin/bench/load"
	"github.com/tongxin-hub/tongxin/bench/process"
)

// StartYardstick starts contestant A, or B with its audit row per answer. The
// places of pages come from the hub's walk.
func StartYardstick(ctx context.Context, e *Environment, audit bool) (*Contestant, error) {
	c := &Contestant{Name: "A", What: "Go net/http + pgx, one statement, no decision, no record", Canonical: func(id string) string { return id }}
	arguments := []string{"raw", "--database-url=" + e.Set.URL, "--max-conns=" + strconv.Itoa(e.MaxConns)}
	if audit {
		c.Name, c.What = "B", "A plus one durable audit row per answer, written after the read by group commit on its own connection"
		arguments = append(arguments, "--audit")
	}
	var err error
	if c.Addr, err = process.FreeAddr(ctx); err != nil {
		return nil, err
	}
	began := time.Now()
	c.Process, err = process.Start(process.Command{
		Name: "raw-" + c.Name, Path: e.Self, Args: append(arguments, "--listen="+c.Addr), LogDir: e.Dir + "/log",
	})
	if err != nil {
		return nil, err
	}
	c.Pages(nil)
	if err := c.firstAnswer(ctx, began, Key{ID: e.Subjects.Children[0]}); err != nil {
		return nil, errors.Join(err, c.Process.Stop())
	}
	return c, nil
}

// Pages tells a yardstick where the hub found that pages begin.
func (c *Contestant) Pages(h *Hub) {
	c.Request = func(workload string, k Key) (load.Request, error) {
		body := map[string]any{}
		path := workload
		switch workload {
		case "w1", "w2":
			body["id"] = k.ID
		case "w3":
			body["id"], body["on"] = int64(math.MaxInt64), "9999-12-31"
			if k.Page > 0 {
				body["id"], body["on"] = h.Cases[k.Page-1].ID, h.Cases[k.Page-1].On
			}
		case "w4a", "w4b":
			path = "w4"
			if workload == "w4b" {
				body["id"] = h.LastChild
			}
		case "w5":
			body["ids"] = k.IDs
		case "w6":
		case "w7":
			body["id"], body["statement"] = k.ID, k.Statement
		default:
			return nil, ErrNotAsked
		}
		text, err := json.Marshal(body)
		return load.Post(c.Addr, "/"+path, nil, text), err
	}
}
