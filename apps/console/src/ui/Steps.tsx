/** The stations of a thing's life in their order, up to the one where it is; -1 where it is at none of them. */
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
