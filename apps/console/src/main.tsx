import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { followHead, queries } from "./live/node.ts";
import { beginSession, followSession } from "./session/session.ts";
import { forgetWhoLeaves } from "./session/userQueries.ts";
import { router } from "./shell/router.tsx";
import { applyTheme } from "./theme/theme.ts";
import "./theme/console.css";

applyTheme();
followHead();
void beginSession();
followSession();
forgetWhoLeaves();

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
