/** @param reached index of the last completed step, or −1 */
export function Steps({ steps, reached }: { readonly steps: readonly string[]; readonly reached: number }) {
  return (
    <ol className="life">
      {steps.map((step, index) => (
        <li
          key={step}
          className={index <= reached ? "reached" : ""}
          aria-current={index === reached ? "step" : undefined}
        >
          {step}
        </li>
      ))}
    </ol>
  );
}
