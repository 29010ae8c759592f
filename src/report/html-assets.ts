// Style and script of the HTML report, written into the page: it opens nothing from anywhere else.

/** The style sheet of the page. */
export const pageStyle = `
:root{color-scheme:light dark;--ink:#1b2430;--dim:#566273;--paper:#fff;--card:#f5f7f9;--line:#d5dbe2;--link:#0b57b0;
--works:#1a6e35;--degraded:#875300;--fails:#b3201b;--unknown:#75379c;--note:#15607a}
@media (prefers-color-scheme:dark){:root{--ink:#e4e9ef;--dim:#9fabba;--paper:#12171d;--card:#1a2129;--line:#323c48;
--link:#86b7ff;--works:#6fd08c;--degraded:#e9b44c;--fails:#ff8a80;--unknown:#d3a2f2;--note:#7cc7e0}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:68rem;padding:1.5rem 1rem 4rem;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.45rem;line-height:1.25;margin:0 0 .35rem}h2{font-size:1.15rem;margin:2rem 0 .6rem}
h3{font-size:1rem;margin:0;line-height:1.4}p{margin:.3rem 0}.dim,footer{color:var(--dim)}
a{color:var(--link)}code,.mono{font-family:ui-monospace,monospace;font-size:.9em}
a:focus-visible,summary:focus-visible,input:focus-visible,select:focus-visible,button:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.45rem .7rem .45rem 0;border-bottom:1px solid var(--line)}
thead th{color:var(--dim);font-weight:600;font-size:.85rem}
th[scope=row]{font-weight:600;min-width:8rem}th .dim{font-weight:400;font-size:.9em}.verdict{font-weight:700;white-space:nowrap}
.works{color:var(--works)}.degraded{color:var(--degraded)}.fails,.fatal{color:var(--fails)}.unknown{color:var(--unknown)}.note{color:var(--note)}
form{display:flex;flex-wrap:wrap;gap:.5rem 1.2rem;align-items:center;margin:1rem 0;padding:.6rem .9rem;background:var(--card);border:1px solid var(--line);border-radius:.5rem}
fieldset{display:flex;flex-wrap:wrap;gap:.3rem 1rem;border:0;margin:0;padding:0;min-width:0}
legend{float:left;margin-right:.8rem;padding:0;font-weight:600}label{display:inline-flex;gap:.35rem;align-items:center;min-height:1.75rem}
select{font:inherit;max-width:100%;color:inherit;background:var(--paper);border:1px solid var(--line);border-radius:.3rem;padding:.15rem .3rem}
article{background:var(--card);border:1px solid var(--line);border-left:4px solid currentColor;border-radius:.4rem;padding:.8rem 1rem;margin:.8rem 0}
article>*{color:var(--ink)}article.fatal{border-left-color:var(--fails)}article.degraded{border-left-color:var(--degraded)}
article.unknown{border-left-color:var(--unknown)}article.note{border-left-color:var(--note)}
.badge{font-weight:700;margin-right:.4rem}dl{display:grid;grid-template-columns:6rem 1fr;gap:.2rem .8rem;margin:.6rem 0 0}
dt{color:var(--dim)}dd{margin:0;min-width:0}dd ul{margin:0;padding-left:1.1rem}.help{font-weight:600}
summary{cursor:pointer;padding:.3rem 0}[hidden]{display:none!important}
@media (max-width:40rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.4rem}
.hosts thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
.hosts tr{display:block;padding:.5rem 0;border-bottom:1px solid var(--line)}.hosts th,.hosts td{display:block;border:0;padding:0}}
@media print{:root{color-scheme:light;--ink:#000;--dim:#444;--paper:#fff;--card:#fff;--line:#999;--link:#000;--works:#063;--degraded:#530;--fails:#800;--unknown:#505;--note:#045}
body{max-width:none;padding:0;font-size:10.5pt}form{display:none}article{break-inside:avoid}a{text-decoration:none}}
`.trim();

/** The script of the page: filters only, the page reads without it. */
export const pageScript = `
for(const form of document.querySelectorAll('form[data-filter]')){
const section=form.closest('section');
const status=form.querySelector('[role=status]');
const apply=()=>{
const host=form.elements.host?form.elements.host.value:'';
const severities=new Set([...form.querySelectorAll('input:checked')].map(input=>input.value));
let shown=0,all=0;
for(const article of section.querySelectorAll('article')){
all+=1;
const on=severities.has(article.dataset.severity)&&(host===''||article.dataset.hosts.split(' ').includes(host));
article.hidden=!on;if(on)shown+=1}
status.textContent=shown===all?all+' findings':shown+' of '+all+' findings'};
form.hidden=false;
form.addEventListener('change',apply);
form.addEventListener('submit',event=>event.preventDefault());
apply()}
addEventListener('beforeprint',()=>{for(const one of document.querySelectorAll('details.print'))one.open=true});
`.trim();
