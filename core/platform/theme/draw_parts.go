package theme

// shapes are drawings of things that have no dimensions to draw from: packs, parts and
// categories, on a field of 120 × 120. Classes: mat is the body, face its lit side, ln a
// line, fill a solid accent.
var shapes = map[string]string{
	"box": `<path class="mat" d="M24 44l36-18 36 18v36L60 98 24 80z"/><path class="face" d="M24 44l36-18 36 18-36 18z"/><path class="ln" d="M60 62v36M42 35l36 18v12"/>`,

	// medicines
	"tablet":   `<circle class="mat" cx="60" cy="60" r="34"/><circle class="face" cx="60" cy="60" r="27"/><path class="ln" d="M41 60h38"/>`,
	"capsule":  `<g transform="rotate(-35 60 60)"><rect class="face" x="20" y="44" width="80" height="32" rx="16"/><path class="mat" d="M60 44h24a16 16 0 0 1 0 32H60z"/><path class="ln" d="M60 44v32M32 52h18"/></g>`,
	"vial":     `<rect class="mat" x="46" y="18" width="28" height="13" rx="2"/><path class="face" d="M49 31h22v9c0 4 9 5 9 13v43a6 6 0 0 1-6 6H46a6 6 0 0 1-6-6V53c0-8 9-9 9-13z"/><path class="mat" d="M40 68h40v22H40z"/><path class="ln" d="M46 76h22M46 82h14M49 36h22"/>`,
	"ampoule":  `<path class="face" d="M56 16h8l1 22c0 5 9 7 9 15v45a5 5 0 0 1-5 5H51a5 5 0 0 1-5-5V53c0-8 9-10 9-15z"/><path class="mat" d="M46 68h28v30a5 5 0 0 1-5 5H51a5 5 0 0 1-5-5z"/><path class="ln" d="M54 40h12M46 60h28"/>`,
	"syringe":  `<g transform="rotate(45 60 60)"><path class="face" d="M46 30h28v50H46z"/><path class="mat" d="M46 52h28v28H46z"/><path class="ln" d="M60 12v18M50 12h20M42 30h36M60 80v8M55 80h10v8H55zM60 88v20M46 42h9M46 52h9M46 62h9"/></g>`,
	"bottle":   `<rect class="mat" x="44" y="16" width="32" height="16" rx="2"/><path class="face" d="M48 32h24v6c8 3 12 8 12 16v42a7 7 0 0 1-7 7H43a7 7 0 0 1-7-7V54c0-8 4-13 12-16z"/><path class="mat" d="M36 60h48v26H36z"/><path class="ln" d="M44 69h32M44 77h20M50 16v16M56 16v16M62 16v16M68 16v16"/>`,
	"drum":     `<path class="mat" d="M30 30h60v64c0 6-13 10-30 10s-30-4-30-10z"/><ellipse class="face" cx="60" cy="30" rx="30" ry="9"/><path class="ln" d="M30 52c0 6 13 10 30 10s30-4 30-10M30 74c0 6 13 10 30 10s30-4 30-10"/><circle class="ln" cx="70" cy="31" r="3.5"/>`,
	"bag":      `<path class="mat" d="M36 26h48l6 12-3 60a6 6 0 0 1-6 5H39a6 6 0 0 1-6-5l-3-60z"/><path class="face" d="M36 26h48l6 12H30z"/><path class="ln" d="M44 58h32v26H44zM50 66h20M50 74h12M42 20l4 6M78 20l-4 6"/>`,
	"carton":   `<path class="mat" d="M28 46h48v52H28z"/><path class="face" d="M28 46l14-18h48L76 46z"/><path class="mat2" d="M76 46l14-18v50L76 98z"/><path class="ln" d="M38 62h28M38 70h18M38 86h8v4h-8z"/>`,
	"tube":     `<path class="face" d="M34 20h52l-8 66H42z"/><path class="mat" d="M37 44h46l-3 26H40z"/><rect class="mat" x="48" y="86" width="24" height="16" rx="2"/><path class="ln" d="M34 20h52M53 86v16M60 86v16M67 86v16"/>`,
	"powder":   `<path class="face" d="M26 66h68c0 20-14 34-34 34S26 86 26 66z"/><path class="mat" d="M34 66c4-18 16-30 26-30s22 12 26 30z"/><path class="ln" d="M54 50h.1M66 54h.1M60 44h.1M48 58h.1M72 60h.1M60 58h.1M46 100h28"/>`,
	"molecule": `<path class="ln" d="M44 34l24 0 12 21-12 21H44L32 55zM48 41h16M75 55l-8 14M37 55l7 14M80 55h18M44 76l-9 16M68 34l9-16"/><circle class="fill" cx="98" cy="55" r="6"/><circle class="fill" cx="35" cy="93" r="6"/><circle class="face" cx="77" cy="17" r="6"/>`,
	"liquid":   `<path class="face" d="M60 18c16 22 28 36 28 52a28 28 0 0 1-56 0c0-16 12-30 28-52z"/><path class="mat" d="M33 64h54a28 28 0 1 1-54 0z"/><path class="ln" d="M44 74c1 8 7 14 15 15"/>`,
	"kilogram": `<path class="mat" d="M34 52h52l10 48H24z"/><circle class="ln" cx="60" cy="36" r="14"/><path class="ln" d="M46 82V66M46 75l10-9M50 72l7 10M76 66h-8v16h8v-7h-5"/>`,

	// maintenance, repair, operations
	"bearing":   `<circle class="mat" cx="60" cy="60" r="42"/><circle class="face" cx="60" cy="60" r="33"/><circle class="mat" cx="60" cy="60" r="21"/><circle class="hole" cx="60" cy="60" r="13"/><g class="ball"><circle cx="60" cy="33" r="5.5"/><circle cx="79" cy="41" r="5.5"/><circle cx="87" cy="60" r="5.5"/><circle cx="79" cy="79" r="5.5"/><circle cx="60" cy="87" r="5.5"/><circle cx="41" cy="79" r="5.5"/><circle cx="33" cy="60" r="5.5"/><circle cx="41" cy="41" r="5.5"/></g>`,
	"bolt":      `<g transform="rotate(45 60 60)"><path class="mat" d="M38 14h44v20H38z"/><path class="face" d="M50 34h20v68H50z"/><path class="ln" d="M52 14v20M68 14v20M50 56l20-5M50 64l20-5M50 72l20-5M50 80l20-5M50 88l20-5M50 96l20-5"/></g>`,
	"nut":       `<path class="mat" d="M60 18l36 21v42L60 102 24 81V39z"/><circle class="face" cx="60" cy="60" r="27"/><circle class="hole" cx="60" cy="60" r="18"/><path class="ln" d="M45 60a15 15 0 0 1 22-13"/>`,
	"washer":    `<circle class="mat" cx="60" cy="60" r="40"/><circle class="hole" cx="60" cy="60" r="21"/><path class="ln" d="M30 50a32 32 0 0 1 20-20"/>`,
	"battery":   `<rect class="mat" x="38" y="26" width="44" height="78" rx="5"/><rect class="face" x="50" y="17" width="20" height="9" rx="2"/><path class="face" d="M38 44h44v40H38z"/><path class="fill" d="M62 48L50 66h8l-2 14 12-18h-8z"/>`,
	"resistor":  `<path class="ln" d="M12 60h22M86 60h22"/><path class="face" d="M34 48c6 0 6 4 12 4h28c6 0 6-4 12-4v24c-6 0-6-4-12-4H46c-6 0-6 4-12 4z"/><path class="fill" d="M42 50h5v20h-5zM54 52h5v16h-5zM64 52h5v16h-5z"/>`,
	"capacitor": `<path class="face" d="M42 26h36v56H42z"/><ellipse class="mat" cx="60" cy="26" rx="18" ry="6"/><path class="mat" d="M66 32h12v50H66z"/><path class="ln" d="M50 82v24M70 82v18M69 46h6M69 58h6M69 70h6"/>`,
	"chip":      `<rect class="mat" x="34" y="34" width="52" height="52" rx="4"/><rect class="face" x="44" y="44" width="32" height="32" rx="2"/><path class="ln" d="M46 34V22M60 34V22M74 34V22M46 98V86M60 98V86M74 98V86M34 46H22M34 60H22M34 74H22M98 46H86M98 60H86M98 74H86"/><circle class="fill" cx="50" cy="50" r="2.5"/>`,
	"connector": `<path class="mat" d="M28 44h64v34H28z"/><path class="face" d="M36 52h48v18H36z"/><path class="ln" d="M44 56v10M52 56v10M60 56v10M68 56v10M76 56v10M44 44V30h32v14M60 78v22"/>`,
	"cable":     `<circle class="mat" cx="60" cy="60" r="40"/><circle class="face" cx="60" cy="60" r="32"/><circle class="fill" cx="60" cy="44" r="10"/><circle class="mat" cx="46" cy="68" r="10"/><circle class="mat2" cx="74" cy="68" r="10"/>`,
	"tool":      `<path class="mat" d="M92 30a20 20 0 0 1-27 24L40 91a10 10 0 1 1-14-14l35-26a20 20 0 0 1 23-28L72 35l3 9 9 3z"/><circle class="hole" cx="34" cy="85" r="4"/>`,
	"wheel":     `<circle class="mat" cx="60" cy="60" r="44"/><circle class="face" cx="60" cy="60" r="36"/><path class="ln" d="M60 24v72M24 60h72M34.500 34.500l51 51M85.500 34.500l-51 51"/><circle class="mat" cx="60" cy="60" r="8"/>`,
	"frame":     `<circle class="ln" cx="30" cy="80" r="17"/><circle class="ln" cx="92" cy="80" r="17"/><path class="ln thick" d="M30 80l18-36h32L58 80zM48 44l10 36M80 44l12 36M78 38h10M42 40h12"/>`,
	"helmet":    `<path class="mat" d="M20 76c0-30 18-48 42-48s38 18 38 42v6z"/><path class="face" d="M16 76h88v8H16z"/><path class="ln" d="M62 28v48M44 32c-8 12-10 28-10 44M80 33c7 12 9 27 9 43"/>`,
	"glove":     `<path class="mat" d="M40 104V76L28 56c-3-6 5-11 9-5l7 11V28c0-7 10-7 10 0v-8c0-7 10-7 10 0v8c0-7 10-7 10 0v8c0-6 9-6 9 0v34c0 10-3 14-5 18v16z"/><path class="ln" d="M54 28v24M64 28v24M74 36v18M40 92h38"/>`,
	"lamp":      `<path class="face" d="M60 16a28 28 0 0 1 16 51c-4 3-4 9-4 13H48c0-4 0-10-4-13a28 28 0 0 1 16-51z"/><path class="mat" d="M48 80h24v16l-6 8H54l-6-8z"/><path class="ln" d="M48 88h24M60 80V58l-8-10M60 58l8-10"/>`,
	"motor":     `<rect class="mat" x="30" y="38" width="56" height="46" rx="4"/><path class="face" d="M86 54h18v14H86z"/><path class="ln" d="M40 38v46M50 38v46M60 38v46M70 38v46M30 96h56M38 84v12M78 84v12M44 38V28h26v10"/>`,
	"valve":     `<path class="mat" d="M18 52h18l24 16 24-16h18v32H84L60 68 36 84H18z"/><path class="ln" d="M60 68V38"/><path class="face" d="M42 26h36v12H42z"/>`,
	"pump":      `<circle class="mat" cx="54" cy="62" r="32"/><circle class="face" cx="54" cy="62" r="18"/><path class="mat" d="M54 30h44v16H70z"/><path class="ln" d="M54 62l12-8M54 62l2 14M54 62l-14-4M30 102h48M40 90l-4 12M68 90l4 12"/>`,
	"chain":     `<rect class="mat" x="14" y="46" width="48" height="28" rx="14"/><circle class="hole" cx="28" cy="60" r="6"/><rect class="face" x="44" y="46" width="62" height="28" rx="14"/><circle class="hole" cx="58" cy="60" r="6"/><circle class="hole" cx="92" cy="60" r="6"/>`,
	"belt":      `<path class="mat" d="M34 36h52a24 24 0 0 1 0 48H34a24 24 0 0 1 0-48z"/><path class="hole" d="M34 44h52a16 16 0 0 1 0 32H34a16 16 0 0 1 0-32z"/><circle class="face" cx="34" cy="60" r="10"/><circle class="face" cx="86" cy="60" r="10"/>`,
	"saddle":    `<path class="mat" d="M16 46c10-10 28-8 40-4 18 6 34 2 44 6 8 4 4 12-6 12-20 0-28 2-38 10-10 9-26 10-34 2-8-7-12-18-6-26z"/><path class="ln" d="M46 76l14 20 22-36M60 96v12"/>`,
	"clothing":  `<path class="mat" d="M44 22c4 10 28 10 32 0l24 12-8 22-12-4v50H40V52l-12 4-8-22z"/><path class="ln" d="M60 30v72"/>`,
	"computer":  `<rect class="mat" x="22" y="28" width="76" height="52" rx="4"/><rect class="face" x="28" y="34" width="64" height="40"/><path class="ln" d="M48 98h24M60 80v18M36 44h24M36 52h36M36 60h16"/>`,
	"office":    `<path class="mat" d="M34 18h38l18 18v66H34z"/><path class="face" d="M72 18l18 18H72z"/><path class="ln" d="M44 52h36M44 64h36M44 76h24"/>`,
	"safety":    `<path class="mat" d="M60 16l38 14v26c0 24-16 40-38 48-22-8-38-24-38-48V30z"/><path class="ln thick" d="M42 60l13 13 24-26"/>`,
	"chemical":  `<path class="face" d="M50 18h20v30l22 42a8 8 0 0 1-7 12H35a8 8 0 0 1-7-12l22-42z"/><path class="mat" d="M38 72h44l10 18a8 8 0 0 1-7 12H35a8 8 0 0 1-7-12z"/><path class="ln" d="M46 18h28M56 84h.1M66 90h.1M62 78h.1"/>`,
	"coil":      `<path class="mat" d="M36 24h46a36 36 0 0 1 0 72H36z"/><ellipse class="face" cx="36" cy="60" rx="18" ry="36"/><ellipse class="hole" cx="36" cy="60" rx="8" ry="17"/><ellipse class="ln" cx="36" cy="60" rx="13" ry="27"/>`,
}
