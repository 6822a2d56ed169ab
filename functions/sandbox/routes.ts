/** The routes of the stand-in provider, as the gateway and the function know them. */
export const sandboxRoutes = [
  { method: 'GET', path: '/sandbox/Services.asmx' },
  { method: 'POST', path: '/sandbox/Services.asmx' },
  { method: 'GET', path: '/sandbox/Services.asmx/{operation}' },
  { method: 'POST', path: '/sandbox/Services.asmx/{operation}' },
  { method: 'GET', path: '/sandbox/ledger' },
] as const;
