import { Duration, Stack, type StackProps } from "aws-cdk-lib";
import {
  type HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  type IHttpRouteAuthorizer,
} from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { type RouteInfo, routeKeys } from "../functions/platform/route.ts";
import type { Waking } from "./wakes.ts";

export type RoutesStackProps = StackProps & {
  httpApi: HttpApi;
  lambdas: ReadonlyMap<Waking, LambdaFunction>;
  /** Protected against deletion. */
  production: boolean;
};

/** Answers what no route does, so that our 404 is a problem document as well. */
const fallback = "platform/docs";

/**
 * Which request reaches which function: a stack of its own, since CloudFormation allows 500 resources in one, and each route
 * is one.
 */
export class RoutesStack extends Stack {
  constructor(scope: Construct, id: string, { httpApi, lambdas, production, ...props }: RoutesStackProps) {
    super(scope, id, { ...props, terminationProtection: production });
    const authorizer = addAuthorizer(theAuthorizing(lambdas));
    for (const [{ file, wake }, lambda] of lambdas) {
      if (wake.by !== "routes") continue;
      const routes = Object.values(wake.routes);
      const integration = addRoutes(this, file.replaceAll("/", "-"), lambda, { httpApi, routes, authorizer });
      if (file === fallback) addAnythingElse(this, lambda, httpApi, integration);
    }
  }
}

const theAuthorizing = (lambdas: ReadonlyMap<Waking, LambdaFunction>): LambdaFunction => {
  const [only, ...others] = [...lambdas].filter(([{ wake }]) => wake.by === "request");
  if (!only || others.length > 0)
    throw new Error(`Exactly one function authorizes; ${others.length + (only ? 1 : 0)} do.`);
  return only[1];
};

/** Asked for every request to a route that is not public; it never refuses by itself, so nothing is cached or required. */
const addAuthorizer = (lambda: LambdaFunction): IHttpRouteAuthorizer =>
  new HttpLambdaAuthorizer("Authorizer", lambda, {
    responseTypes: [HttpLambdaResponseType.SIMPLE],
    identitySource: [],
    resultsCacheTtl: Duration.seconds(0),
  });

/** One integration and one permission a function, however many routes it has. */
const addRoutes = (
  scope: Construct,
  id: string,
  lambda: LambdaFunction,
  { httpApi, routes, authorizer }: { httpApi: HttpApi; routes: readonly RouteInfo[]; authorizer: IHttpRouteAuthorizer },
): HttpLambdaIntegration => {
  const integration = new HttpLambdaIntegration(id, lambda, { scopePermissionToRoute: false });
  for (const route of routes) {
    for (const key of routeKeys(route)) {
      new HttpRoute(scope, key, {
        httpApi,
        routeKey: parseRouteKey(key),
        integration,
        authorizer: route.access === "public" ? new HttpNoneAuthorizer() : authorizer,
      });
    }
  }
  return integration;
};

/** What no route answers. Its address has one segment less than a route's, so it needs a permission of its own. */
const addAnythingElse = (
  scope: Construct,
  lambda: LambdaFunction,
  httpApi: HttpApi,
  integration: HttpLambdaIntegration,
): void => {
  lambda.addPermission("anything-else", {
    principal: new ServicePrincipal("apigateway.amazonaws.com"),
    sourceArn: Stack.of(scope).formatArn({
      service: "execute-api",
      resource: httpApi.apiId,
      resourceName: "*/$default",
    }),
  });
  new HttpRoute(scope, "$default", {
    httpApi,
    routeKey: HttpRouteKey.DEFAULT,
    integration,
    authorizer: new HttpNoneAuthorizer(),
  });
};

const parseRouteKey = (key: string): HttpRouteKey => {
  const [method, path] = key.split(" ");
  const known = Object.values(HttpMethod).find((one) => one === method);
  if (!known || !path) throw new Error(`${key} is not a route key.`);
  return HttpRouteKey.with(path, known);
};
