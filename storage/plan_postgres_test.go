package storage_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// PostgreSQL plans by what it knows of the tables. Told that they are large, it must
// still read what is asked for only: no large table whole, by a scan or to hash it
// for a condition, and no more of a list than its page.
func TestPlansForLargeTablesOnPostgres(t *testing.T) {
	t.Parallel()
	engines := parvistest.Engines(t)
	if len(engines) < 2 {
		t.Skip("there is no PostgreSQL") // with CI set, Engines has failed
	}
	c := newCrowd(t, engines[1], parvistest.WholeCrowd.Part(500))
	if super := must[[]string](t)(c.db.Strings(c.ctx, "SELECT current_setting('is_superuser')")); super[0] != "on" {
		parvistest.LeaveOut(t, "the plans of PostgreSQL are not looked at: only a superuser may pretend that tables are large, so PARVIS_TEST_POSTGRES must name one")
	}
	c.db.OneConnection()
	p := fullPost(c.town)
	c.add(p)
	c.shelve(p, storage.Words{"perceux": 4, "percuss": 4})
	c.follow(c.odile, c.karim)
	c.follow(c.odile, c.luis)
	c.merge()
	if err := c.db.Tidy(c.ctx); err != nil {
		t.Fatal(err)
	}
	large := c.pretend(500)
	for name, ask := range c.hotQueries(p) {
		if err := ask(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	for name, operation := range operations {
		if err := operation(c, 1); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	plans := c.preparedPlans()
	if len(plans) < 100 {
		t.Errorf("only %d statements were prepared", len(plans))
	}
	read := regexp.MustCompile(`(?m)(?:Seq Scan on|Scan using \w+ on) (\w+).*(?:\n\s+Index Cond: (.+))?`)
	node := regexp.MustCompile(`^\(node_id = \$\d+\)$`)
	for statement, plan := range plans {
		hashes, limited := strings.Contains(plan, "hashed SubPlan"), strings.Contains(statement, "LIMIT")
		sorts := strings.Contains(plan, "Sort Key") && limited && !strings.Contains(statement, "UNION")
		for _, part := range read.FindAllStringSubmatch(plan, -1) {
			table, condition := part[1], part[2]
			all := condition == "" || node.MatchString(condition) && !limited
			if large[table] && (all || sorts || hashes) {
				t.Errorf("more of %s is read than asked for\n%s\n%s", table, statement, plan)
				break
			}
		}
	}
}

// pretend makes PostgreSQL believe that the tables which hold anything hold so many
// times more, and returns those that it holds to be large.
func (c *crowd) pretend(times int) map[string]bool {
	c.Helper()
	if err := c.exec(fmt.Sprintf("UPDATE pg_class SET reltuples = reltuples * %d WHERE relnamespace = 'public'::regnamespace AND reltuples > 10", times)); err != nil {
		c.Fatal(err)
	}
	large := make(map[string]bool)
	for _, table := range must[[]string](c)(c.db.Strings(c.ctx, "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples > 5000")) {
		large[table] = true
	}
	return large
}

// preparedPlans returns the plan of each statement that the one connection has
// prepared, whatever its values.
func (c *crowd) preparedPlans() map[string]string {
	c.Helper()
	plans := make(map[string]string)
	names := must[[]string](c)(c.db.Strings(c.ctx, "SELECT name FROM pg_prepared_statements"))
	for _, name := range names {
		about := must[[]string](c)(c.db.Strings(c.ctx, `SELECT unnest(ARRAY[statement, repeat(', NULL', cardinality(parameter_types))])
			FROM pg_prepared_statements WHERE name = '`+name+"'"))
		values := strings.TrimPrefix(about[1], ", ")
		lines := must[[]string](c)(c.db.Strings(c.ctx, fmt.Sprintf("EXPLAIN EXECUTE %q (%s)", name, values)))
		plans[about[0]] = strings.Join(lines, "\n")
	}
	return plans
}
