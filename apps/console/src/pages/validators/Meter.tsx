export function Meter({ part, whole }: { readonly part: number; readonly whole: number }) {
  const share = whole === 0 ? 0 : part / whole;
  return (
    <span className="metered">
      <span className="meter">
        <span style={{ width: `${share * 100}%` }} />
      </span>
      <small className="soft">{whole === 0 ? "none yet" : `${part} of ${whole}`}</small>
    </span>
  );
}
