// Shows the API's description with Redoc.
window.Redoc.init("/openapi.json", { hideDownloadButton: false, disableSearch: true }, document.querySelector("#api"));
