package identifier

import "strings"

// courts keep the German registers of companies, as the common register portal of the
// states (Handelsregister.de) spells them.
var courts = []string{
	"Aachen", "Altenburg", "Amberg", "Ansbach", "Apolda", "Arnsberg", "Arnstadt", "Arnstadt Zweigstelle Ilmenau", "Aschaffenburg", "Augsburg", "Aurich",
	"Bad Hersfeld", "Bad Homburg v.d.H.", "Bad Kreuznach", "Bad Oeynhausen", "Bad Salzungen", "Bamberg", "Bayreuth", "Berlin (Charlottenburg)", "Bielefeld",
	"Bochum", "Bonn", "Braunschweig", "Bremen", "Chemnitz", "Coburg", "Coesfeld", "Cottbus", "Darmstadt", "Deggendorf", "Dortmund", "Dresden", "Duisburg",
	"Düren", "Düsseldorf", "Eisenach", "Erfurt", "Eschwege", "Essen", "Flensburg", "Frankfurt am Main", "Frankfurt/Oder", "Freiburg", "Friedberg", "Fritzlar",
	"Fulda", "Fürth", "Gelsenkirchen", "Gera", "Gießen", "Gotha", "Göttingen", "Greiz", "Gütersloh", "Hagen", "Hamburg", "Hamm", "Hanau", "Hannover",
	"Heilbad Heiligenstadt", "Hildburghausen", "Hildesheim", "Hof", "Homburg", "Ingolstadt", "Iserlohn", "Jena", "Kaiserslautern", "Kassel", "Kempten (Allgäu)",
	"Kiel", "Kleve", "Koblenz", "Köln", "Königstein", "Korbach", "Krefeld", "Landau", "Landshut", "Langenfeld", "Lebach", "Leipzig", "Lemgo", "Limburg", "Lübeck",
	"Ludwigshafen a.Rhein (Ludwigshafen)", "Lüneburg", "Mainz", "Mannheim", "Marburg", "Meiningen", "Memmingen", "Merzig", "Mönchengladbach", "Montabaur",
	"Mühlhausen", "München", "Münster", "Neubrandenburg", "Neunkirchen", "Neuruppin", "Neuss", "Nordhausen", "Nürnberg", "Offenbach am Main",
	"Oldenburg (Oldenburg)", "Osnabrück", "Ottweiler", "Paderborn", "Passau", "Pinneberg", "Pößneck", "Pößneck Zweigstelle Bad Lobenstein", "Potsdam",
	"Recklinghausen", "Regensburg", "Rostock", "Rudolstadt", "Saarbrücken", "Saarlouis", "Schweinfurt", "Schwerin", "Siegburg", "Siegen", "Sömmerda",
	"Sondershausen", "Sonneberg", "Stadthagen", "Stadtroda", "Steinfurt", "Stendal", "St. Ingbert (St Ingbert)", "Stralsund", "Straubing", "Stuttgart",
	"St. Wendel (St Wendel)", "Suhl", "Tostedt", "Traunstein", "Ulm", "Völklingen", "Walsrode", "Weiden i. d. OPf.", "Weimar", "Wetzlar", "Wiesbaden", "Wittlich",
	"Wuppertal", "Würzburg", "Zweibrücken",
}

var plainLetters = strings.NewReplacer("Ä", "A", "Ö", "O", "Ü", "U", "ß", "SS", "ẞ", "SS", ".", "", " ", "", "AE", "A", "OE", "O", "UE", "U")

// upper writes letters large; ß has no large letter in most fonts and stays.
func upper(s string) string { return strings.ToUpper(s) }

// isCourt compares without dots, blanks and umlauts, in full or without what stands in
// brackets: "Berlin" is the court of Charlottenburg.
func isCourt(court, typed string) bool {
	fold := func(s string) string { return plainLetters.Replace(upper(s)) }
	short, _, _ := strings.Cut(court, " (")
	return fold(typed) == fold(court) || fold(typed) == fold(short)
}
