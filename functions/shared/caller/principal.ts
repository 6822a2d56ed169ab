/**
 * A principal as its signed requests name it. A role's sessions leave out the path of the role (`role/team/crm` signs as
 * `assumed-role/crm/session`), and an account has each role name once, so the path is dropped. A user keeps its path. Anything that is no
 * ARN of a role or of a role's session stays as it is.
 */
export function signingPrincipal(principal: string): string {
  const session = /^(arn:[^:]+):sts::(\d{12}):assumed-role\/(?:[^/]+\/)*([^/]+)\/[^/]+$/.exec(principal);
  if (session) return `${session[1]}:iam::${session[2]}:role/${session[3]}`;
  return principal.replace(/^(arn:[^:]+:iam::\d{12}:role)\/(?:[^/]+\/)*([^/]+)$/, '$1/$2');
}
