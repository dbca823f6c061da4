import { clientErrors } from "../errors.ts";

/** A node, of whatever chain. */
export interface NamedNode {
  readonly name: string;
}

/** A node that did not say what the others said. */
export interface Dissent {
  readonly node: string;
  readonly question: string;
  /** Its answer; absent when it gave none. */
  readonly answer?: string;
  /** Why it gave none. */
  readonly failure?: string;
}

export interface Agreement<T> {
  readonly value: T;
  readonly dissent: readonly Dissent[];
}

/** @throws QUORUM_INVALID where two different answers could both reach it */
export function checkQuorum(views: readonly NamedNode[], quorum: number): void {
  const names = new Set(views.map(({ name }) => name));
  const isMajority = Number.isSafeInteger(quorum) && quorum > views.length / 2 && quorum <= views.length;
  if (!isMajority || names.size < views.length)
    throw clientErrors.QUORUM_INVALID({ quorum, nodes: views.length, names: names.size });
}

/**
 * Asks every node and takes the answer that at least `quorum` of them give.
 * @param print an answer's one text, by which answers are compared
 * @throws NODES_TOO_FEW, NODES_DISAGREE: both name the nodes
 */
export async function agree<View extends NamedNode, T>(
  views: readonly View[],
  quorum: number,
  question: string,
  ask: (view: View) => Promise<T>,
  print: (answer: T) => string,
): Promise<Agreement<T>> {
  const answers = await askAll(views, ask);
  const groups = new Map<string, { readonly value: T; count: number }>();
  for (const answer of answers) {
    if (!("value" in answer)) continue;
    const text = print(answer.value);
    const group = groups.get(text) ?? { value: answer.value, count: 0 };
    group.count++;
    groups.set(text, group);
  }
  const answered = answers.filter((answer) => "value" in answer).length;
  const [agreed] = [...groups].filter(([, { count }]) => count >= quorum);
  const dissent = answers.flatMap((answer): Dissent[] => {
    const node = answer.view.name;
    if (!("value" in answer)) return [{ node, question, failure: answer.failure }];
    const text = print(answer.value);
    return text === agreed?.[0] ? [] : [{ node, question, answer: text }];
  });
  if (agreed !== undefined) return { value: agreed[1].value, dissent };
  const facts = { question, quorum, answered, answers: dissent.map(printDissent).join("; ") };
  throw answered < quorum ? clientErrors.NODES_TOO_FEW(facts) : clientErrors.NODES_DISAGREE(facts);
}

/**
 * The greatest number that at least `quorum` nodes reach: one node alone can neither raise it nor, where more than the
 * quorum are asked, lower it.
 * @throws NODES_TOO_FEW
 */
export async function agreeAtLeast<View extends NamedNode, N extends number | bigint>(
  views: readonly View[],
  quorum: number,
  question: string,
  ask: (view: View) => Promise<N>,
): Promise<N> {
  const answers = await askAll(views, ask);
  const values = answers.flatMap((answer) => ("value" in answer ? [answer.value] : []));
  const reached = values.toSorted((a, b) => (a < b ? 1 : a > b ? -1 : 0))[quorum - 1];
  if (reached !== undefined) return reached;
  const failures = answers.flatMap(({ view, ...answer }) =>
    "failure" in answer ? [printDissent({ node: view.name, question, failure: answer.failure })] : [],
  );
  throw clientErrors.NODES_TOO_FEW({
    question,
    quorum,
    answered: values.length,
    answers: failures.join("; "),
  });
}

function askAll<View extends NamedNode, T>(views: readonly View[], ask: (view: View) => Promise<T>) {
  return Promise.all(
    views.map(async (view) => {
      try {
        return { view, value: await ask(view) };
      } catch (error) {
        return { view, failure: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
}

function printDissent({ node, answer, failure }: Dissent): string {
  return `${node}: ${answer ?? `no answer (${failure?.slice(0, 100)})`}`;
}
