import { type ExecFileSyncOptions, execFileSync } from 'node:child_process';

/** Python packages of the rehearsal, pinned. They are no part of what is deployed. */
const PACKAGES = ['ministack==1.5.33', 'cfn-lint==1.58.0'];

/** Python with these packages in a folder that is thrown away. */
export interface Python {
  binary: string;
  environment: Record<string, string>;
}

/** Installs the packages. @returns why they cannot be had here, as one sentence, if they cannot */
export function installPython(folder: string): Python | string {
  const binary = process.env.PYTHON ?? 'python3';
  const run = (args: string[], options: ExecFileSyncOptions = {}) => execFileSync(binary, args, { stdio: 'pipe', ...options });
  try {
    run(['-c', 'import sys; assert sys.version_info >= (3, 10)']);
  } catch {
    return `There is no ${binary} of 3.10 or later.`;
  }
  try {
    run(['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-compile', '--target', folder, ...PACKAGES], {
      timeout: 240_000,
    });
  } catch (error) {
    return `pip could not install ${PACKAGES.join(', ')}: ${String((error as { stderr?: Buffer }).stderr ?? error)
      .trim()
      .split('\n')
      .at(-1)}`;
  }
  return { binary, environment: { PYTHONPATH: folder } };
}
