import { Link, Navigate, useSearch } from "@tanstack/react-router";
import { cutText } from "../../format/cutText.ts";
import type { SearchHitJson } from "../../live/chainTypes.ts";
import { useLiveRpc } from "../../live/node.ts";
import { Badge, Card } from "../../ui/primitives.tsx";
import { Answered, NoPage } from "../../ui/states.tsx";
import { UntrustedText } from "../../ui/UntrustedText.tsx";
import { nameOf, wayTo } from "./hits.ts";

const NAME_CHARACTERS_MAX = 64;
const EVERY_MS = 2_000;

export function SearchPage() {
  const { text = "" } = useSearch({ strict: false }) as { text?: string };
  return <Found key={text} text={text} />;
}

function Found({ text }: { readonly text: string }) {
  const hits = useLiveRpc<readonly SearchHitJson[]>("trellis_search", [text], true, EVERY_MS);
  return (
    <Answered query={hits} what="Searching">
      {(found) => {
        if (found.length === 0) {
          return (
            <NoPage title={`No results for “${cutText(text, 80)}”`}>
              Search for a block by hash or number, a transaction by hash, an account by address, or a token
              by the start of its name.
            </NoPage>
          );
        }
        if (found.length === 1) return <Navigate {...wayTo(found[0]!)} replace />;
        return (
          <>
            <h1>{found.length} results</h1>
            <Card title={`“${cutText(text, 80)}”`}>
              <ul className="hits">
                {found.map((hit) => (
                  <li key={JSON.stringify(hit)}>
                    <Badge>{hit.kind}</Badge>{" "}
                    <Link {...wayTo(hit)}>
                      <UntrustedText text={nameOf(hit)} charactersMax={NAME_CHARACTERS_MAX} />
                    </Link>
                  </li>
                ))}
              </ul>
            </Card>
          </>
        );
      }}
    </Answered>
  );
}
