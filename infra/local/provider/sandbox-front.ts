import { type Gateway, readRequest, write } from '../api-gateway/gateway.ts';
import { type GatewayAnswer, splitTarget } from '../api-gateway/proxy-event.ts';
import type { Port } from '../aws-endpoint/port.ts';

/** The header by which the sandbox function asks for the scenario of a connection; it never leaves this machine. */
const SCENARIO_HEADER = 'sandbox-scenario';
/** How long `close-port` keeps the port closed. */
const CLOSED_MS = 5_000;

/**
 * Serves the stand-in provider at its usual address, `/Services.asmx`, and does to connections what a function cannot: resets them after
 * the send, keeps silent, and closes the port for a while.
 */
export function serveSandbox(port: Port, gateway: Gateway, closedMs = CLOSED_MS): void {
  port.serve(async (request, response) => {
    const read = await readRequest(request);
    if (!read) return;
    const target = sandboxTarget(read.target);
    if (target === undefined) {
      response.writeHead(404, { 'Content-Type': 'text/plain' }).end('The sandbox has /Services.asmx and /ledger.');
      return;
    }
    const [answer, scenario] = withoutScenario(await gateway({ ...read, target }));
    switch (scenario) {
      case 'silence':
        return;
      case 'reset':
        request.socket.resetAndDestroy();
        return;
      case 'close-port':
        response.shouldKeepAlive = false;
        response.on('close', () => port.closeFor(closedMs));
    }
    write(response, answer);
  });
}

/** The deployed path of a request to the front: Services.asmx in any case of letters, as on IIS, but not the operation after it. */
function sandboxTarget(target: string): string | undefined {
  const [path, query] = splitTarget(target);
  const [, service, rest = ''] = /^(?:\/sandbox)?(?:\/(services\.asmx)(\/.*)?|\/ledger)$/i.exec(path) ?? [];
  const search = query === '' ? '' : `?${query}`;
  if (service) return `/sandbox/Services.asmx${rest}${search}`;
  return /^(\/sandbox)?\/ledger$/.test(path) ? `/sandbox/ledger${search}` : undefined;
}

function withoutScenario(answer: GatewayAnswer): [answer: GatewayAnswer, scenario: string | undefined] {
  const isScenario = ([name]: [string, string]): boolean => name.toLowerCase() === SCENARIO_HEADER;
  const headers = answer.headers.filter((entry) => !isScenario(entry));
  return [{ ...answer, headers }, answer.headers.find(isScenario)?.[1]];
}
