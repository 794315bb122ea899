package i18n

import (
	"math"
	"strconv"
	"strings"
)

// separators part the thousands, and the units from the decimals. French puts a narrow no-break space between thousands.
var separators = map[string]struct{ thousands, decimal string }{
	"fr": {"\u202F", ","},
	"en": {",", "."},
}

// Number writes a whole number: "12 500".
func (p *Printer) Number(n int) string {
	digits, sign := strconv.Itoa(n), ""
	if n < 0 {
		digits, sign = digits[1:], "-"
	}
	first := (len(digits)-1)%3 + 1
	var out strings.Builder
	out.WriteString(sign + digits[:first])
	for i := first; i < len(digits); i += 3 {
		out.WriteString(separators[p.lang].thousands + digits[i:i+3])
	}
	return out.String()
}

// Distance says roughly how far away something is, as places are known to a few hundred metres only: "à 600 m", "à 1,2 km", "à 14 km".
func (p *Printer) Distance(metres float64) string {
	switch hundreds := int(math.Round(metres / 100)); {
	case math.IsNaN(metres) || hundreds < 1:
		return p.T("distance.near")
	case hundreds < 10:
		return p.T("distance.metres", "Metres", hundreds*100)
	case hundreds < 100 && hundreds%10 != 0:
		return p.T("distance.kilometres", "Kilometres", strconv.Itoa(hundreds/10)+separators[p.lang].decimal+strconv.Itoa(hundreds%10))
	default:
		return p.T("distance.kilometres", "Kilometres", int(math.Round(metres/1000)))
	}
}
