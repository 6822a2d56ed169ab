import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { App } from 'aws-cdk-lib';
import * as z from 'zod/mini';
import { SmsStack } from '../../infra/stack.ts';
import type { StageSettings } from '../../infra/stage-settings.ts';

const resourceSchema = z.object({
  Type: z.string(),
  Properties: z._default(z.record(z.string(), z.unknown()), {}),
  DependsOn: z.optional(z.union([z.string(), z.array(z.string())])),
  DeletionPolicy: z.optional(z.string()),
  Metadata: z._default(z.record(z.string(), z.unknown()), {}),
});
export type Resource = z.output<typeof resourceSchema>;

export const templateSchema = z.object({ Resources: z.record(z.string(), resourceSchema) });
export type Template = z.output<typeof templateSchema>;

/** A stage as it would be deployed: its template, and the folder that the assets lie in. */
interface Synthesised {
  folder: string;
  environment: string;
  template: Template;
}

/** Synthesises one stage in this process, bundles and all. */
export function synthesise(settings: StageSettings): Synthesised {
  const folder = mkdtempSync(join(tmpdir(), `sms-${settings.name}-`));
  const app = new App({ outdir: folder });
  const { stackName } = new SmsStack(app, settings);
  const artifact = app.synth().getStackByName(stackName);
  return { folder, environment: artifact.environment.name, template: z.parse(templateSchema, artifact.template) };
}

export function resourcesOf({ Resources }: Template, type: string): [id: string, resource: Resource][] {
  return Object.entries(Resources).filter(([, resource]) => resource.Type === type);
}

/** The functions of this product. The CDK adds one of its own to a stage that keeps nothing: it empties the bucket. */
export function functionsOf(template: Template): [id: string, resource: Resource][] {
  return resourcesOf(template, 'AWS::Lambda::Function').filter(([, { Properties }]) =>
    String(Properties.Description).startsWith('functions/'),
  );
}

/** Name of a function's folder under functions/. */
export function functionName({ Properties }: Resource): string {
  return String(Properties.Description).replace('functions/', '');
}

/** What Lambda would hand to a function's process, where every address is made of `<logical id>`s. */
export function environmentOf(template: Template, { Properties }: Resource): Record<string, string> {
  const { Variables } = z.parse(z.object({ Variables: z.record(z.string(), z.unknown()) }), Properties.Environment);
  return Object.fromEntries(Object.entries(Variables).map(([name, value]) => [name, text(template, value)]));
}

/** The file that Lambda would load for a function. */
export function bundlePathOf(folder: string, { Properties }: Resource): string {
  const { S3Key } = z.parse(z.object({ S3Key: z.string() }), Properties.Code);
  return join(folder, `asset.${basename(S3Key, '.zip')}`, 'index.cjs');
}

const joining = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) });
const attribute = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) });
const reference = z.object({ Ref: z.string() });

/** A value of the template as text: an intrinsic becomes the id that it names, of a queue its URL. Host-safe, so that addresses stay addresses. */
function text(template: Template, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  const joined = z.safeParse(joining, value);
  if (joined.success) {
    const [separator, parts] = joined.data['Fn::Join'];
    return parts.map((part) => text(template, part)).join(separator);
  }
  const got = z.safeParse(attribute, value);
  if (got.success) return got.data['Fn::GetAtt'].join('.');
  const { Ref } = z.parse(reference, value);
  if (Ref === 'AWS::AccountId') return '000000000000';
  return template.Resources[Ref]?.Type === 'AWS::SQS::Queue' ? `https://sqs/${Ref}` : Ref.replace('AWS::', '');
}

/** Every logical id that a value refers to. */
export function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const got = z.safeParse(attribute, value);
  if (got.success) return [got.data['Fn::GetAtt'][0]];
  const ref = z.safeParse(reference, value);
  if (ref.success) return ref.data.Ref.startsWith('AWS::') ? [] : [ref.data.Ref];
  return Object.values(value).flatMap(referencesIn);
}
