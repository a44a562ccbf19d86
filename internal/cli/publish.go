package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tongxin-hub/tongxin/internal/app"
	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/policy"
)

// publishCommand changes the policy through a hub, or puts the first one in force.
type publishCommand struct {
	config.Place
	Policy  string `arg:"" optional:"" help:"Directory with the policy as it should be: its lines are proposed."`
	Reason  string `help:"Why, 10 to 500 characters, for the record." placeholder:"TEXT"`
	Approve string `help:"Approve the proposal of this version instead; another person must have proposed it." placeholder:"VERSION"`
	Hub     string `help:"Address of the hub, such as https://hub.example." placeholder:"URL"`
	Token   string `name:"token-file" help:"File with your token; its person is who proposes or approves." type:"existingfile" placeholder:"FILE"`
	By      string `help:"Who puts the first version of an empty database in force." placeholder:"NAME"`
}

// Run proposes, approves, or puts the first version in force.
func (c *publishCommand) Run(ctx context.Context, e Environment) error {
	switch {
	case c.Approve != "" && c.Hub != "":
		return c.approve(ctx, e.Out)
	case c.Policy == "" || c.Approve != "":
		return errors.New("name a directory to propose, or --approve with --hub")
	case c.Hub != "":
		return c.propose(ctx, e.Out)
	case c.By != "":
		return c.first(ctx, e.Out)
	}
	return errors.New("a change takes two persons through the hub: give --hub and --token-file; the first version of a database takes --by")
}

// first puts the first version in force; once one is, it takes two persons.
func (c *publishCommand) first(ctx context.Context, out io.Writer) error {
	text, err := source{c.Place}.text(ctx, c.Policy)
	if err != nil {
		return err
	}
	return withPool(ctx, c.Place, func(db app.Pool) error {
		version, err := app.Publish(ctx, db, text, c.By)
		if err == nil {
			fmt.Fprintf(out, "Policy %s is in force, the first one, by %s.\n", version, c.By)
		}
		return err
	})
}

// propose sends the lines that lead from the version in force to the directory.
func (c *publishCommand) propose(ctx context.Context, out io.Writer) error {
	to, err := source{c.Place}.open(ctx, c.Policy)
	if err != nil {
		return err
	}
	from, err := c.inForce(ctx)
	if err != nil {
		return err
	}
	change, others := policy.Between(from, to)
	if len(others) > 0 {
		return fmt.Errorf("%s differ: they come with the program, only lines/ can be proposed", strings.Join(others, ", "))
	}
	texts := func(lines []policy.Line) []string {
		out := make([]string, len(lines))
		for i, l := range lines {
			out[i] = l.Text()
		}
		return out
	}
	var got struct {
		ProposePolicy struct {
			Version     string
			Differences int
			FailedCases []string
			UserErrors  []userError
		}
	}
	input := map[string]any{
		"key": uuid.NewString(), "base": from.Version(), "reason": c.Reason, "add": texts(change.Add), "remove": texts(change.Remove),
	}
	if err := c.ask(ctx, proposeDocument, map[string]any{"input": input}, &got); err != nil {
		return err
	}
	p := got.ProposePolicy
	if err := refused(p.UserErrors); err != nil {
		return err
	}
	fmt.Fprintf(out, "Proposed %s: %d cells differ, %d worked cases no longer hold.\n", p.Version, p.Differences, len(p.FailedCases))
	for _, name := range p.FailedCases {
		fmt.Fprintln(out, " ", name)
	}
	fmt.Fprintf(out, "Another person approves: tongxin policy publish --approve %s --hub %s --token-file FILE\n", p.Version, c.Hub)
	return nil
}

// approve finds the proposal of a version and approves it.
func (c *publishCommand) approve(ctx context.Context, out io.Writer) error {
	var list struct {
		PolicyProposals struct {
			Nodes []struct{ ID, Version string }
		}
	}
	if err := c.ask(ctx, waitingDocument, nil, &list); err != nil {
		return err
	}
	for _, p := range list.PolicyProposals.Nodes {
		if p.Version != c.Approve {
			continue
		}
		var got struct {
			ApprovePolicy struct {
				State      string
				UserErrors []userError
			}
		}
		input := map[string]any{"key": uuid.NewString(), "proposal": p.ID, "note": c.Reason}
		if err := c.ask(ctx, approveDocument, map[string]any{"input": input}, &got); err != nil {
			return err
		}
		if err := refused(got.ApprovePolicy.UserErrors); err != nil {
			return err
		}
		fmt.Fprintf(out, "Policy %s is in force.\n", p.Version)
		return nil
	}
	return fmt.Errorf("no proposal of %s waits for a decision", c.Approve)
}

// inForce is the policy in force at the hub, with its text from there.
func (c *publishCommand) inForce(ctx context.Context) (*policy.Policy, error) {
	var list struct {
		PolicyVersions struct {
			Nodes []struct {
				Version string
				Files   []struct{ Name, Text string }
			}
		}
	}
	if err := c.ask(ctx, inForceDocument, nil, &list); err != nil {
		return nil, err
	}
	text := policy.Tree{}
	for _, v := range list.PolicyVersions.Nodes {
		for _, f := range v.Files {
			text[f.Name] = f.Text
		}
	}
	return policy.Open(text)
}

const (
	proposeDocument = `mutation ProposePolicy($input: ProposePolicyInput!) @access(purpose: POLICY_REVIEW) {
  proposePolicy(input: $input) { version differences failedCases userErrors { message } }
}`
	waitingDocument = `query PolicyProposals @access(purpose: POLICY_REVIEW) {
  policyProposals(filter: { state: PROPOSED }, first: 100) { nodes { id version } }
}`
	approveDocument = `mutation ApprovePolicy($input: DecidePolicyInput!) @access(purpose: POLICY_REVIEW) {
  approvePolicy(input: $input) { state userErrors { message } }
}`
	inForceDocument = `query PolicyInForce @access(purpose: POLICY_REVIEW) {
  policyVersions(first: 1) { nodes { version files { name text } } }
}`
)

type userError struct{ Message string }

func refused(list []userError) error {
	if len(list) > 0 {
		return errors.New(list[0].Message)
	}
	return nil
}

// maxAnswer bounds what is read of an answer: the whole text of a policy fits.
const maxAnswer = 16 << 20

// ask sends one operation to the hub and reads its data.
func (c *publishCommand) ask(ctx context.Context, query string, variables map[string]any, data any) error {
	if c.Token == "" {
		return errors.New("give your token with --token-file")
	}
	token, err := os.ReadFile(c.Token)
	if err != nil {
		return fmt.Errorf("read the token: %w", err)
	}
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(c.Hub, "/")+"/graphql", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("--hub: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask the hub: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // read only
	var answer struct {
		Data   json.RawMessage
		Errors []struct{ Message string }
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&answer); err != nil {
		return fmt.Errorf("the hub answered %s, which is no GraphQL answer: %w", response.Status, err)
	}
	if len(answer.Errors) > 0 {
		return errors.New(answer.Errors[0].Message)
	}
	return json.Unmarshal(answer.Data, data)
}
