import { posix } from 'node:path';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { Marked, type Tokens } from 'marked';
import { type DocsPage, docsPages } from './docs-pages.ts';
import { type Deployment, openApi } from './openapi.ts';
import { writeReference } from './reference-page.ts';

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}
pre{background:#f4f4f4;padding:.8em;overflow:auto}code{background:#f4f4f4}table{border-collapse:collapse}
td,th{border:1px solid #ccc;padding:.3em .6em;text-align:left;vertical-align:top}nav a{margin-right:1em}`;

/**
 * `GET /docs` and `GET /docs/{page}`: the pages of the documentation as HTML, and the description of the API as `reference`.
 * @param name of the page; the empty one lists all
 * @returns `undefined` for a page that is none
 */
export function docs(deployment: Deployment & { basePath: string }, name: string): APIGatewayProxyResult | undefined {
  const { basePath } = deployment;
  if (name === '') return html(basePath, 'Documentation', writeIndex(basePath));
  if (name === 'reference') return html(basePath, 'Reference', writeReference(openApi(deployment)));
  const page = docsPages.find((one) => one.name === name);
  return page && html(basePath, page.title, render(page, basePath));
}

function writeIndex(basePath: string): string {
  const entries = docsPages.map(({ name, title }) => `<li><a href="${basePath}/docs/${name}">${title}</a></li>`);
  return `<h1>Documentation</h1><ul>${entries.join('')}<li><a href="${basePath}/docs/reference">Every operation</a></li>
<li><a href="${basePath}/openapi.json">openapi.json</a>, <a href="${basePath}/events.json">events.json</a></li></ul>`;
}

function html(basePath: string, title: string, body: string): APIGatewayProxyResult {
  return {
    statusCode: 200,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
    },
    body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title><style>${STYLE}</style></head>
<body><nav><a href="${basePath}/docs">Documentation</a></nav>${body}</body></html>`,
  };
}

/** The page as HTML: headings can be led to, as on GitHub, and links between pages lead to where they are served. */
function render({ path, text }: DocsPage, basePath: string): string {
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text: heading }: Tokens.Heading) {
        return `<h${depth} id="${anchorOf(heading)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }: Tokens.Link) {
        const label = this.parser.parseInline(tokens);
        const target = targetOf(href, path, basePath);
        return target === undefined ? label : `<a href="${target}">${label}</a>`;
      },
    },
  });
  return marked.parse(text, { async: false });
}

/** Where a link of a page leads; `undefined` when it is to a file of the repository that is not served. */
function targetOf(href: string, path: string, basePath: string): string | undefined {
  if (/^(https?:|#)/.test(href)) return href;
  const [file = '', anchor] = href.split('#');
  const linked = posix.join(posix.dirname(path), file);
  const page = docsPages.find((one) => one.path === linked);
  return page && `${basePath}/docs/${page.name}${anchor === undefined ? '' : `#${anchor}`}`;
}

/** As GitHub makes it: small letters, without punctuation, blanks as hyphens. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}
