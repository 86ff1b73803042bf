import { colorLine } from '../text/color.ts';
import { escapeText } from '../text/escape.ts';

/** A self-contained page without scripts. It can be read while it is being written: browsers close open elements. */
const STYLE = `:root { color-scheme: light dark; --back: #fdfdfc; --text: #1c1c1a; --quiet: #6d6d68; --line: #dcdcd6;
  --cyan: #0b6e7f; --green: #3d6b21; --yellow: #8a5a00; --red: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --back: #16181a; --text: #dcdcd6; --quiet: #8f9296; --line: #2f3337;
  --cyan: #63c5d8; --green: #9ccb7a; --yellow: #e0b050; --red: #ff8078; } }
body { margin: 2em auto; max-width: 62em; padding: 0 1.5em; background: var(--back); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.2em; }
table { border-collapse: collapse; } td { padding: 0 1.2em 0 0; vertical-align: top; }
td:first-child { color: var(--quiet); }
section { border-top: 1px solid var(--line); margin-top: 1.2em; padding-top: .8em; }
pre { margin: 0; overflow-x: auto; font: 13px/1.4 ui-monospace, monospace; }
pre + pre { margin-top: .3em; }
.line { font-weight: bold; } .line a { color: var(--quiet); text-decoration: none; font-weight: normal; }
.failed .line { color: var(--red); }
.bold { font-weight: bold; } .dim, .cut { color: var(--quiet); } .cyan { color: var(--cyan); }
.green { color: var(--green); } .yellow { color: var(--yellow); } .red { color: var(--red); }`;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const encode = (text: string): string =>
  escapeText(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

/** The beginning of the page, with a table of facts. */
export function htmlHeader(title: string, rows: readonly (readonly [string, string])[]): string {
  const cells = rows.map(
    ([label, value]) => `<tr><td>${encode(label)}</td><td>${encode(value)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${encode(title)}</title>
<style>
${STYLE}
</style>
</head>
<body>
<h1>${encode(title)}</h1>
<table>
${cells.join('\n')}
</table>
<main>
`;
}

/** The end of the page. */
export const HTML_END = '</main>\n</body>\n</html>\n';

/** One section: the command line, with a number that links to it, and its output. */
export function* htmlRecord(record: {
  readonly number: number;
  readonly line: string;
  readonly exit: number;
  readonly interrupted: boolean;
  readonly output: Iterable<string>;
}): Generator<string, void> {
  const { number, line, exit, interrupted, output } = record;
  const id = number === 0 ? '' : ` id="c${number}"`;
  const link = number === 0 ? '' : ` <a href="#c${number}">${number}</a>`;
  yield `<section${id}${exit === 0 ? '' : ' class="failed"'}>\n`;
  yield `<pre class="line">crash&gt; ${encode(line)}${link}</pre>\n<pre class="output">`;
  for (const each of output) yield `${colored(each)}\n`;
  yield `</pre>\n${interrupted ? '<pre class="cut">^C</pre>\n' : ''}</section>\n`;
}

const CLASSES: Readonly<Record<string, string>> = {
  1: 'bold',
  2: 'dim',
  31: 'red',
  32: 'green',
  33: 'yellow',
  36: 'cyan',
};

/** The colours of the terminal, as spans: its escapes are the only ones left in escaped text. */
const colored = (line: string): string =>
  colorLine(escapeText(line))
    .split(/\x1b\[(\d+)m/)
    .map((part, index) => {
      if (index % 2 === 0) return encode(part);
      return part === '0' ? '</span>' : `<span class="${CLASSES[part] ?? ''}">`;
    })
    .join('');
