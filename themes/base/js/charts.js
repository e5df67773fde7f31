// Charts of dashboards. A <figure data-chart data-lib="…" data-css="…"> holds a table: first
// column days, the others series. The table stays for those who read it; the picture is drawn
// above it once the library has come.

const figures = document.querySelectorAll("[data-chart]");

function load(src) {
  return new Promise((done, fail) => {
    const s = document.createElement("script");
    s.src = src; s.onload = done; s.onerror = fail;
    document.head.append(s);
  });
}

function series(table) {
  const rows = [...table.tBodies[0].rows];
  const cols = [...table.tHead.rows[0].cells];
  const num = (cell) => (cell.dataset.value === undefined || cell.dataset.value === "" ? null : Number(cell.dataset.value));
  return { names: cols.slice(1).map((c) => c.textContent.trim()), data: cols.map((_, i) => rows.map((r) => num(r.cells[i]))) };
}

function draw(fig) {
  const table = fig.querySelector("table");
  if (!table) return;
  const { names, data } = series(table);
  const style = getComputedStyle(document.documentElement);
  const css = (name) => style.getPropertyValue(name).trim();
  // light-dark() is resolved by an element that uses it, not by the property itself.
  const probe = document.createElement("i");
  fig.append(probe);
  const colour = (name) => { probe.style.color = `var(--${name})`; return getComputedStyle(probe).color; };
  const font = `12px ${css("--font-body")}`;
  const axis = { stroke: colour("muted"), grid: { stroke: colour("line"), width: 1 }, ticks: { show: false }, font };
  const box = document.createElement("div");
  fig.prepend(box);
  const opts = {
    width: fig.clientWidth, height: Number(fig.dataset.height || 260), legend: { live: true }, cursor: { points: { size: 6 } },
    axes: [axis, { ...axis, size: 64 }],
    series: [{}, ...names.map((label, i) => ({ label, stroke: colour(`c${i % 6}`), width: 2, points: { show: false }, spanGaps: true }))],
  };
  probe.remove();
  const plot = new window.uPlot(opts, data, box);
  new ResizeObserver(() => plot.setSize({ width: fig.clientWidth, height: opts.height })).observe(fig);
  table.closest(".table-wrap")?.classList.add("vh");
}

if (figures.length) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: figures[0].dataset.css });
  document.head.append(link);
  load(figures[0].dataset.lib).then(() => figures.forEach(draw), () => {});
}
