import { createHash } from 'node:crypto';
import { escapeHtml } from '../../shared/asmx-server/write-answer.ts';
import { PARAMETERS } from '../../shared/customsend/call.ts';
import type { Language } from './language.ts';
import { PAGE_TEXTS, type PageTexts } from './page-texts.ts';
import { writeSamples } from './samples.ts';
import { DOCUMENTATION } from './wsdl.ts';

/**
 * The help page: the list of operations, or one operation with its parameters, a form that calls it, and its samples.
 * @param address of Services.asmx; links and form go to it relatively, so they work under whatever name a browser reached it
 */
export function writeHelpPage(language: Language, address: string, operation?: string): string {
  const words = PAGE_TEXTS[language];
  const here = new URL(address).pathname.split('/').at(-1) as string;
  const content =
    operation === undefined
      ? writeOperations(words, here)
      : `<p><a href="${escapeHtml(here)}">${words.toOperations}</a></p>\n${
          operation === 'CustomSend' ? writeOperation(words, here, address) : `<p>${escapeHtml(words.unknownOperation(operation))}</p>`
        }`;
  return `<!DOCTYPE html>
<html lang="${words.tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${words.service}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${words.service}</h1>
${content}
</body>
</html>
`;
}

const STYLE = `
body { font: 14px/1.5 Verdana, "Microsoft YaHei", sans-serif; margin: 0 2em 3em; color: #222 }
h1 { margin: 0 -1.45em; padding: .3em 1.45em; background: #036; color: #fff; font-size: 1.4em }
pre { background: #f0f0e0; padding: 1em; overflow-x: auto }
input { width: 32em; max-width: 60vw }
th, td { text-align: left; padding: .1em 1em .1em 0 }
`;

/** What the page may do in a browser: its own style and its own form, nothing else. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

function writeOperations(words: PageTexts, here: string): string {
  return `<p>${words.operations}</p>
<ul>
<li><a href="${escapeHtml(here)}?op=CustomSend">CustomSend</a><br>${DOCUMENTATION}</li>
</ul>
<p><a href="${escapeHtml(here)}?WSDL">${words.description}</a></p>`;
}

function writeOperation(words: PageTexts, here: string, address: string): string {
  const samples = writeSamples(address).map(
    ({ binding, request, response }) => `<h3>${binding}</h3>
<p>${words.sample(binding)}</p>
<pre>${escapeHtml(request)}</pre>
<pre>${escapeHtml(response)}</pre>`,
  );
  return `<h2>CustomSend</h2>
<p lang="zh-CN">${DOCUMENTATION}</p>
<h3>${words.test}</h3>
<p>${words.testExplained}<br><strong>${words.testSends}</strong></p>
${writeForm(words, here)}
${samples.join('\n')}`;
}

/** A form of the HTTP POST binding. Nothing of it is kept by the browser: it holds a token and phones. */
function writeForm(words: PageTexts, here: string): string {
  const rows = PARAMETERS.map(
    (name) => `<tr><td><label for="${name}">${name}:</label></td><td><input id="${name}" name="${name}"></td></tr>`,
  );
  return `<form method="post" action="${escapeHtml(here)}/CustomSend" target="_blank" rel="noopener" accept-charset="utf-8" autocomplete="off">
<table>
<tr><th>${words.parameter}</th><th>${words.value}</th></tr>
${rows.join('\n')}
</table>
<p><button>${words.invoke}</button></p>
</form>`;
}
