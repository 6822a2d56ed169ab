import type { openApi } from './openapi.ts';

type Description = ReturnType<typeof openApi>;

/** What is read of an operation to show it. */
interface Shown {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  parameters?: ({ name: string; in: string; description: string } | { $ref: string })[];
  requestBody?: { content: { 'application/json': { schema: { $ref: string }; examples?: Record<string, { value: object }> } } };
  responses: Record<string, { description?: string; $ref?: string; content?: Record<string, { schema: { $ref: string } }> }>;
}

/** The description of the API as a page: every operation with its parameters, its body and its answers, then every schema. */
export function writeReference(description: Description): string {
  const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation: operation as Shown })),
  );
  const sections = description.tags.map(({ name, description: about }) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(name));
    return `<h2 id="${name}">${name}</h2><p>${escapeHtml(about)}</p>${own.map((one) => writeOperation(description, one.name, one.operation)).join('')}`;
  });
  const schemas = Object.entries(description.components.schemas).map(
    ([name, schema]) => `<h3 id="${name}">${name}</h3><pre>${escapeHtml(JSON.stringify(schema, null, 2))}</pre>`,
  );
  return `<h1>${escapeHtml(description.info.title)}</h1><p>${escapeHtml(description.info.description)}</p>${sections.join('')}<h2>Schemas</h2>${schemas.join('')}`;
}

function writeOperation(description: Description, name: string, operation: Shown): string {
  const { operationId, summary, description: about, parameters = [], requestBody, responses } = operation;
  const rows = parameters.map((parameter) => {
    const found = '$ref' in parameter ? resolve(description, parameter.$ref) : parameter;
    return `<tr><td><code>${found.name}</code></td><td>${found.in}</td><td>${escapeHtml(found.description)}</td></tr>`;
  });
  const body = requestBody?.content['application/json'];
  const examples = Object.values(body?.examples ?? {}).map(({ value }) => `<pre>${escapeHtml(JSON.stringify(value, null, 2))}</pre>`);
  const answers = Object.entries(responses).map(([status, { $ref, description: meaning, content }]) => {
    const found = $ref === undefined ? undefined : resolve(description, $ref);
    const schema = Object.values(content ?? {})[0]?.schema.$ref;
    const text = escapeHtml(meaning ?? found?.description ?? '');
    return `<tr><td>${status}</td><td>${text}</td><td>${schema === undefined ? '' : linkTo(schema)}</td></tr>`;
  });
  return `<h3 id="${operationId}">${escapeHtml(summary)}</h3><p><code>${escapeHtml(name)}</code></p><p>${escapeHtml(about)}</p>
${rows.length > 0 ? `<table>${rows.join('')}</table>` : ''}${body ? `<p>Body: ${linkTo(body.schema.$ref)}</p>${examples.join('')}` : ''}
<table>${answers.join('')}</table>`;
}

function resolve(description: Description, reference: string): { name: string; in: string; description: string } {
  const [kind = '', name = ''] = reference.split('/').slice(-2);
  return (description.components as unknown as Record<string, Record<string, { name: string; in: string; description: string }>>)[kind]?.[
    name
  ] as { name: string; in: string; description: string };
}

function linkTo(reference: string): string {
  const name = reference.split('/').at(-1) ?? '';
  return `<a href="#${name}">${name}</a>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
