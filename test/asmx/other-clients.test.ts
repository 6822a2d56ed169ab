import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { type Binding, CALL, FEW_PHONES, type Seen, startEndpoint } from '../support/old-callers.ts';

/** A SOAP client of another language, run as a program of its own on what is installed. */
interface Client {
  name: string;
  /** Ends with 0 where everything that it needs is there. */
  probe: [string, ...string[]];
  bindings: Binding[];
  /** What it prints. */
  run: () => Promise<string>;
}

const SOAP: Binding[] = ['soap11', 'soap12'];
const ALL: Binding[] = [...SOAP, 'http-get', 'http-post'];

const script = (name: string) => join(import.meta.dirname, 'clients', name);
const python = works(['python3', '-c', 'import zeep']) ? 'python3' : '/usr/bin/python3';

const clients: Client[] = [
  {
    name: "PHP's SoapClient",
    probe: ['php', '-r', 'exit(class_exists("SoapClient") ? 0 : 1);'],
    bindings: SOAP,
    run: () => run('php', [script('soap-client.php')]),
  },
  {
    name: "Python's zeep",
    probe: [python, '-c', 'import zeep'],
    bindings: ALL,
    run: () => run(python, [script('zeep_client.py')]),
  },
  {
    name: "Perl's SOAP::Lite",
    probe: ['perl', '-MSOAP::Lite', '-e', '1'],
    bindings: SOAP,
    run: () => run('perl', [script('soap_lite.pl')]),
  },
  {
    name: "a .NET proxy of wsdl's",
    probe: ['sh', '-c', 'command -v wsdl && command -v mcs && command -v mono'],
    bindings: ALL,
    run: runGenerated,
  },
];

const endpoint = await startEndpoint();
afterAll(() => endpoint.stop());

for (const { name, probe, bindings, run: start } of clients) {
  const isThere = works(probe);
  if (!isThere) console.warn(`${name} is not installed: not tried.`);
  it.skipIf(!isThere)(
    `${name} sends, reads every field, and understands a fault, on ${bindings.join(', ')}`,
    { timeout: 120_000 },
    async () => {
      const seen = JSON.parse(await start()) as Record<string, Seen>;
      expect(Object.keys(seen).sort()).toEqual([...bindings].sort());
      for (const binding of bindings) await endpoint.expectSeen(binding, seen[binding]);
    },
  );
}

/** Generates a proxy for each binding from the WSDL, compiles them with the program, and runs it. */
async function runGenerated(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'sms-proxy-'));
  try {
    const proxies = ['SOAP', 'SOAP12', 'HttpGet', 'HttpPost'].map((protocol) => ({ protocol, file: join(folder, `${protocol}.cs`) }));
    for (const { protocol, file } of proxies) {
      await run('wsdl', ['-nologo', `-protocol:${protocol}`, `-namespace:${protocol}`, `-out:${file}`, endpoint.wsdl]);
    }
    const program = join(folder, 'GeneratedProxy.exe');
    const libraries = ['System.Web.Services', 'System.Web.Extensions', 'System.EnterpriseServices'].map((name) => `-r:${name}`);
    await run('mcs', ['-nologo', `-out:${program}`, ...libraries, ...proxies.map(({ file }) => file), script('GeneratedProxy.cs')]);
    return await run('mono', [program]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(program: string, given: string[]): Promise<string> {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, LC_ALL: 'C.UTF-8', ...CALL, FewPhones: FEW_PHONES, WSDL: endpoint.wsdl };
  return (await promisify(execFile)(program, given, { env })).stdout;
}

function works([program, ...given]: Client['probe']): boolean {
  return spawnSync(program, given, { stdio: 'ignore' }).status === 0;
}
