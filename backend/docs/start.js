// Starts the documentation page. It loads the contract from this service and nothing from elsewhere.
"use strict";

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const followTheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", followTheme);
followTheme();

// Name, version and links stand above; there is one server, this one.
const withoutFrame = (system) => {
  const { createElement } = system.React;
  const About = () => {
    const Markdown = system.getComponent("Markdown", true);
    const description = system.specSelectors.info().get("description");
    const summary = createElement("summary", null, "What holds for every operation");
    return createElement("details", { className: "contract" }, summary, createElement(Markdown, { source: description }));
  };
  return { components: { InfoContainer: About, ServersContainer: () => null } };
};

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#documentation",
  plugins: [withoutFrame],
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayOperationId: true,
  displayRequestDuration: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
});
