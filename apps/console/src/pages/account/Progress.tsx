export function Progress({
  isShown,
  value,
  label,
}: {
  readonly isShown: boolean;
  readonly value: number;
  readonly label: string;
}) {
  return isShown ? <progress className="field" aria-label={label} value={value} max={1} /> : null;
}
