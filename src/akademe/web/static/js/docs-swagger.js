// Shows the API's description with Swagger UI.
window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  requestInterceptor: (request) => {
    const token = document.querySelector('meta[name="csrf-token"]');
    if (token) request.headers["X-CSRF-Token"] = token.content;
    return request;
  },
});
