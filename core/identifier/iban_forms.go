package identifier

// ibanForms is the account number behind the country and check digits, per country, in
// the notation of the IBAN registry (ISO 13616-2): 4n four digits, 4a four capital
// letters, 4c four of either.
var ibanForms = map[string]string{
	"AA": "12a", "AD": "4n4n12c", "AE": "3n16n", "AL": "8n16c", "AO": "21n", "AT": "5n11n",
	"AX": "6n7n1n", "AZ": "4a20c", "BA": "3n3n8n2n", "BE": "3n7n2n", "BF": "23n", "BG": "4a4n2n8c",
	"BH": "4a14c", "BI": "12n", "BJ": "1a23n", "BL": "5n5n11c2n", "BR": "8n5n10n1a1c", "BY": "4c4n16c",
	"CF": "5n5n11n2n", "CG": "5n5n11n2n", "CH": "5n12c", "CI": "1a23n", "CM": "23n", "CR": "4n14n",
	"CV": "21n", "CY": "3n5n16c", "CZ": "4n6n10n", "DE": "8n10n", "DJ": "5n5n13n2n", "DK": "4n9n1n",
	"DO": "4c20n", "DZ": "20n", "EE": "2n2n11n1n", "EG": "4n4n17n", "ES": "4n4n1n1n10n", "FI": "6n7n1n",
	"FO": "4n9n1n", "FR": "5n5n11c2n", "GA": "5n5n11n2n", "GB": "4a6n8n", "GE": "2a16n", "GF": "5n5n11c2n",
	"GI": "4a15c", "GL": "4n9n1n", "GP": "5n5n11c2n", "GQ": "5n5n11n2n", "GR": "3n4n16c", "GT": "4c20c",
	"GW": "2c2n4n11n2n", "HN": "4a20n", "HR": "7n10n", "HU": "3n4n1n15n1n", "IE": "4a6n8n", "IL": "3n3n13n",
	"IQ": "4a3n12n", "IR": "22n", "IS": "4n2n6n10n", "IT": "1a5n5n12c", "JO": "4a4n18c", "KM": "5n5n13n2n",
	"KW": "4a22c", "KZ": "3n13c", "LB": "4n20c", "LC": "4a24c", "LI": "5n12c", "LT": "5n11n",
	"LU": "3n13c", "LV": "4a13c", "MA": "3n5n14n2n", "MC": "5n5n11c2n", "MD": "2c18c", "ME": "3n13n2n",
	"MF": "5n5n11c2n", "MG": "23n", "MK": "3n10c2n", "ML": "1a23n", "MQ": "5n5n11c2n", "MR": "5n5n11n2n",
	"MT": "4a5n18c", "MU": "4a2n2n12n3n3a", "MZ": "21n", "NC": "5n5n11c2n", "NE": "2a3n5n12n2n", "NI": "28n",
	"NL": "4a10n", "NO": "4n6n1n", "PF": "5n5n11c2n", "PK": "4a16c", "PL": "8n16n", "PM": "5n5n11c2n",
	"PS": "4a21c", "PT": "4n4n11n2n", "QA": "4a4n17c", "RE": "5n5n11c2n", "RO": "4a16c", "RS": "3n13n2n",
	"SA": "2n18c", "SC": "4a2n2n16n3a", "SE": "3n16n1n", "SI": "5n8n2n", "SK": "4n6n10n", "SM": "1a5n5n12c",
	"SN": "1a23n", "ST": "8n11n2n", "SV": "4a20n", "TD": "5n5n11n2n", "TF": "5n5n11c2n", "TG": "2a3n5n12n2n",
	"TL": "3n14n2n", "TN": "2n3n13n2n", "TR": "5n1n16c", "UA": "6n19c", "VG": "4a16n", "WF": "5n5n11c2n", "XK": "4n10n2n",
	"YT": "5n5n11c2n",
}
