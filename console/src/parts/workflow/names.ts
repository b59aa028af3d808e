/** The machine and the name of a Standard execution's ARN, `arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME`. */
export function executionOfArn(arn: string): { machine: string; execution: string } | undefined {
  const [, , service, , , kind, machine, execution, ...rest] = arn.split(":");
  if (service !== "states" || kind !== "execution" || !machine || !execution || rest.length > 0) return undefined;
  return { machine, execution };
}

/** What an ARN ends with: of a version its number, of an alias its name. */
export function qualifierOf(arn: string): string {
  return arn.slice(arn.lastIndexOf(":") + 1);
}
