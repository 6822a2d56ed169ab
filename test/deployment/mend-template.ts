import { readFileSync, writeFileSync } from 'node:fs';

interface Resource {
  Type: string;
  Properties?: { PolicyDocument?: { Statement: { Effect: string }[] } };
}

/** Leaves out of a template what MiniStack cannot carry. Its text is published by its name, so that it may change. */
export function mendTemplate(file: string): void {
  const { Resources, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as { Resources: Record<string, Resource> };
  for (const [id, { Type, Properties }] of Object.entries(Resources)) {
    // A type that it does not know.
    if (Type === 'AWS::Events::EventBusPolicy') delete Resources[id];
    // It takes no request for TLS, so a policy that denies plain http would deny all.
    const document = Properties?.PolicyDocument;
    if (Type === 'AWS::S3::BucketPolicy' && document) document.Statement = document.Statement.filter(({ Effect }) => Effect !== 'Deny');
  }
  writeFileSync(file, JSON.stringify({ ...rest, Resources }));
}
