import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { SmsStack } from '../../stack.ts';
import type { StageSettings } from '../../stage-settings.ts';
import type { Template } from './template.ts';

/** A synthesised stack: what would be deployed, and the folder of each asset (below that of the assembly) by its object key in the staging bucket. */
export interface SynthesisedStack {
  template: Template;
  assets: Record<string, string>;
}

interface AssetManifest {
  files: Record<string, { source: { path: string }; destinations: Record<string, { objectKey: string }> }>;
}

/** Synthesises the stack of a stage into a folder, as `cdk synth` would. @param bundle false leaves the functions' code out, which is quicker */
export function synthesize(settings: StageSettings, folder: string, bundle = true): SynthesisedStack {
  const context = bundle ? {} : { 'aws:cdk:bundling-stacks': [] };
  const app = new App({ outdir: folder, analyticsReporting: false, context });
  const stack = new SmsStack(app, settings);
  const artifact = app.synth().getStackArtifact(stack.artifactId);
  const manifest = JSON.parse(readFileSync(join(folder, `${stack.artifactId}.assets.json`), 'utf8')) as AssetManifest;
  const assets = Object.values(manifest.files).flatMap(({ source, destinations }) =>
    Object.values(destinations).map(({ objectKey }): [string, string] => [objectKey, source.path]),
  );
  return { template: artifact.template as Template, assets: Object.fromEntries(assets) };
}
