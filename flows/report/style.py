"""How the report looks: in light and dark, on a phone, on paper."""

STYLE = """
:root{--ink:#1c2430;--soft:#5a6675;--line:#d5dbe2;--back:#fff;--card:#f6f8fa;--a:#1f6feb;--b:#a8c7f5;
--bad:#c0392b;--good:#1a7f37}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa7b4;--line:#333d49;--back:#0f141a;
--card:#171e26;--a:#58a6ff;--b:#2b4f7d;--bad:#ff7b72;--good:#56d364}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:1200px;margin:0 auto;padding:16px}
h1{font-size:1.5rem;margin:.4em 0 0}h2{font-size:1.2rem;margin:1.6em 0 .5em}h3{font-size:1rem;margin:0}
.note,figcaption p{color:var(--soft);margin:0 0 .6em;font-size:.875rem}
.well{color:var(--good);font-weight:600}.alerts{padding-left:1.2em}.alerts strong{color:var(--bad)}
.alerts li{overflow-wrap:anywhere}.error{color:var(--soft);font-size:.875rem}
.figures{display:grid;gap:16px;grid-template-columns:repeat(auto-fill,minmax(min(330px,100%),1fr))}
figure{margin:0;padding:12px;background:var(--card);border:1px solid var(--line);border-radius:8px;
min-width:0;align-self:start}
svg{display:block;width:100%;height:auto}
svg text{font:11px system-ui,sans-serif;fill:var(--soft)}svg .label,svg .value{fill:var(--ink);font-size:12px}
rect.a,circle.a{fill:var(--a)}rect.b,circle.b{fill:var(--b)}rect.bad{fill:var(--bad)}
line.a{stroke:var(--a);stroke-width:1.5}line.b{stroke:var(--b);stroke-width:1.5}
.axis{stroke:var(--line)}.limit{stroke:var(--soft);stroke-dasharray:4 3}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}
th,td{padding:4px 12px 4px 0;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child{text-align:left}tbody th{font-weight:400}
@media (max-width:480px){th,td{white-space:normal;padding-right:6px;font-size:.75rem}main{padding:12px}}
details{margin-top:8px;font-size:.875rem}summary{cursor:pointer;color:var(--soft)}
@media print{:root{--ink:#000;--soft:#444;--line:#bbb;--back:#fff;--card:#fff;--a:#1f6feb;--b:#a8c7f5;
--bad:#c0392b;--good:#1a7f37}body{font-size:11pt}main{max-width:none;padding:0}
.figures{grid-template-columns:1fr 1fr}figure{break-inside:avoid;border-radius:0}h2{break-after:avoid}
details{display:none}rect,line,circle{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
""".replace("\n", "")
