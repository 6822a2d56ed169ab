/**
 * The one route of the drop-in endpoint: whatever no other route takes. The gateway's paths are sensitive to case and the real
 * service's are not, so the function itself sees what is meant; everything else it answers as the gateway answers what has no route.
 */
export const asmxRoutes = [{ method: 'ANY', path: '/{proxy+}' }] as const;

/** Whether a path is one of the service's: `/Services.asmx` or `/GateWay/Services.asmx` in any case of letters, and what follows. */
export function isServicePath(path: string): boolean {
  return /^(\/gateway)?\/services\.asmx(\/.*)?$/i.test(path);
}
