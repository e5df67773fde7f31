package search

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestTokensAreWhatPeopleTypeForAThing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"a Chinese word by its characters and pairs", "型钢管", []string{"型", "钢", "管", "型钢", "钢管"}},
		{"a designation by its halves", "HW200×200", []string{"hw200x200", "200x200", "x200", "200", "hw"}},
		{"a letter with the character behind it", "H型钢", []string{"h", "h型", "型", "钢", "型钢"}},
		{"a part number with and without its dash", "6204-2RS", []string{"6204", "2rs", "rs", "2", "62042rs"}},
		{"full-width letters are letters", "ＨＷ２００", []string{"hw200", "200", "hw"}},
		{"a decimal stays one number", "M8 6.5", []string{"m8", "8", "m", "6.5", "86.5"}},
		{"invisible characters are not there", "ab\u200bc", []string{"abc"}},
	} {
		if got := Tokens(c.text); !equalSets(got, c.want) {
			t.Errorf("%s: %q gives %q, want %q", c.name, c.text, got, c.want)
		}
	}
}

func TestQueriesAreBuiltFromWordsAndPairs(t *testing.T) {
	t.Parallel()
	lex := Lexicon{}
	lex.Learn("不锈钢 轴承")
	for _, c := range []struct{ name, typed, want string }{
		{"a Chinese word wants its pairs", "不锈钢", `'不锈' & '锈钢'`},
		{"words typed together are split by the tenant's vocabulary", "不锈钢轴承", `'不锈' & '锈钢' & '轴承'`},
		{"letters want a beginning", "HW 200", `'hw':* & '200':*`},
		{"a shape letter belongs to its character", "H型钢", `'h型' & '型钢'`},
		{"dimensions may use any times sign", "200*200", `'200x200':*`},
		{"quotes and operators are text", `a'b & !c | (d:*) \ <-> "e"`, `'a':* & 'b':* & 'c':* & 'd':* & 'e':*`},
		{"emoji and signs find nothing", "🙂 !!! ---", ``},
		{"one character is itself", "钢", `'钢'`},
	} {
		if d := cmp.Diff(c.want, Parse(c.typed, lex).All()); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

func TestVectorKeepsEveryWeightAndExactTerms(t *testing.T) {
	t.Parallel()
	got := Vector([]Field{{"钢 A1", InName}, {"A1", InCode}}, Term("grade", `Q'3\5`))
	want := `'a1':1A,2B '1':1A,2B 'a':1A,2B '钢':1A '=grade:Q''3\\5'`
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("vector (-want +got):\n%s", d)
	}
}

func TestAndNarrowsByExactTerms(t *testing.T) {
	t.Parallel()
	got := And(Parse("bolt", nil).All(), []string{"=c:x"}, nil, []string{"=d:1", "=d:2"})
	if want := `('bolt':*) & ('=c:x') & ('=d:1' | '=d:2')`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := Parse("bolt m8", nil).Weighted("AB"); got != `'bolt':*AB & 'm8':*AB` {
		t.Errorf("weighted: %s", got)
	}
}

// Whatever is typed, a query is short, and what is found is found by its own beginning.
func TestAnythingTypedIsSafe(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		typed := rapid.String().Draw(t, "typed")
		q := Parse(typed, nil)
		if q.Terms() > maxQueryTerms {
			t.Fatalf("%d terms", q.Terms())
		}
		for _, term := range q.terms {
			inner := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSuffix(term, ":*"), "'"), "'")
			if strings.ContainsAny(inner, `'\`) {
				t.Fatalf("%q escapes its quotes", term)
			}
		}
	})
	if n := Parse(strings.Repeat("长字", 10_000), nil).Terms(); n > maxQueryTerms {
		t.Fatalf("10,000 characters made %d terms", n)
	}
}

func equalSets(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

func BenchmarkTokens(b *testing.B) {
	for b.Loop() {
		Tokens("热轧H型钢 HW200×200×8×12 Q355B 日照钢铁")
	}
}
