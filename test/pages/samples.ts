import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** How samples of a language are run. */
interface Runner {
  /** Ends with 0 where everything that it needs is there. */
  probe: [string, ...string[]];
  file: (text: string) => string;
  run: (file: string) => [string, ...string[]];
}

const SAMPLE_RUNNERS = {
  // The signed sample needs botocore.
  python: { probe: ['python3', '-c', 'import botocore'], file: () => 'sample.py', run: (file) => ['python3', file] },
  java: {
    probe: ['javac', '--version'],
    // Java runs a source file without compiling it first.
    file: (text) => `${/class (\w+)/.exec(text)?.[1]}.java`,
    run: (file) => ['java', file],
  },
  csharp: {
    probe: ['sh', '-c', 'command -v mcs && command -v mono'],
    file: () => 'Send.cs',
    run: (file) => ['sh', '-c', `mcs -r:System.Net.Http.dll ${file} && mono Send.exe`],
  },
} satisfies Record<string, Runner>;

export type SampleLanguage = keyof typeof SAMPLE_RUNNERS;
export const SAMPLE_LANGUAGES = Object.keys(SAMPLE_RUNNERS) as SampleLanguage[];

export const isSampleLanguage = (language: string): language is SampleLanguage => Object.hasOwn(SAMPLE_RUNNERS, language);

export function isInstalled(language: SampleLanguage): boolean {
  const [command, ...args] = SAMPLE_RUNNERS[language].probe;
  return spawnSync(command, args).status === 0;
}

/** Runs a sample as a program of its own. @param env with a PATH, and keys to sign with @returns what it prints */
export async function runSample(language: SampleLanguage, text: string, folder: string, env: Record<string, string>): Promise<string> {
  const { file, run } = SAMPLE_RUNNERS[language];
  const name = file(text);
  writeFileSync(join(folder, name), text);
  const [command, ...args] = run(name);
  return (await promisify(execFile)(command, args, { cwd: folder, env })).stdout;
}
