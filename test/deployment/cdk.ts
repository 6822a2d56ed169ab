import { execFile } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** Outputs of a stack by name. */
export type Outputs = Record<string, string>;

/** The CDK's command line in an emulated account. */
export class Cdk {
  readonly #environment: Record<string, string>;

  constructor(environment: Record<string, string>) {
    this.#environment = environment;
  }

  /** @throws Error with the end of what it printed when it fails, or has not ended in time (milliseconds) */
  run(args: readonly string[], environment: Record<string, string> = {}, timeout = 180_000): Promise<string> {
    const { PATH = '', HOME = '' } = process.env;
    const env = { PATH, HOME, CI: 'true', ...this.#environment, ...environment };
    return new Promise((resolve, reject) => {
      const options = { cwd: root, env, timeout, maxBuffer: 64 * 1024 * 1024 };
      execFile(process.execPath, [join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk'), ...args], options, (error, stdout, stderr) => {
        const printed = `${stdout}${stderr}`;
        if (error) reject(new Error(`cdk ${args.join(' ')} failed:\n${printed.split('\n').slice(-40).join('\n')}`));
        else resolve(printed);
      });
    });
  }
}
