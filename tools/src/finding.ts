export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

export function findingLine({ file, line, rule, message }: Finding): string {
  return `${file}${line > 0 ? `:${line}` : ""}  ${rule}  ${message}`;
}

export function sorted(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
}
