import { Annotations, CfnOutput, Duration, Fn, Stack, type StackProps } from "aws-cdk-lib";
import type { HttpApi } from "aws-cdk-lib/aws-apigatewayv2";
import { Certificate, CertificateValidation } from "aws-cdk-lib/aws-certificatemanager";
import {
  AllowedMethods,
  type BehaviorOptions,
  CacheHeaderBehavior,
  CachePolicy,
  CacheQueryStringBehavior,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersReferrerPolicy,
  HttpVersion,
  type IOrigin,
  OriginRequestPolicy,
  PriceClass,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from "aws-cdk-lib/aws-cloudfront";
import { HttpOrigin, OriginGroup, S3BucketOrigin } from "aws-cdk-lib/aws-cloudfront-origins";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { AaaaRecord, ARecord, HostedZone, type IHostedZone, RecordTarget } from "aws-cdk-lib/aws-route53";
import { CloudFrontTarget } from "aws-cdk-lib/aws-route53-targets";
import { Bucket, type IBucket } from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import { publicKey } from "../functions/media/objects.ts";

/** Where people find an installation. */
export type Site = {
  /** Its own domain. */
  domain: string;
  /** Hosts of workspaces' own that it serves as well. */
  hosts: readonly string[];
  /** The id of the Route 53 zone that the domain is in; without one its records are outputs, for whoever keeps its DNS. */
  zone: string | undefined;
};

const zoneOf = (scope: Construct, { domain, zone }: Site): IHostedZone | undefined =>
  zone === undefined
    ? undefined
    : HostedZone.fromHostedZoneAttributes(scope, "Zone", { hostedZoneId: zone, zoneName: domain });

/** CloudFront takes certificates from this region only. */
export const certificateRegion = "us-east-1";
const certificateStack = "samenspraak-certificate";
const certificateOutput = "CertificateArn";

/**
 * The certificate of the domain and of all hosts. ACM asks for a record of each name; it sets those of the zone itself, and
 * the deployment waits until it sees the others.
 */
export class CertificateStack extends Stack {
  constructor(scope: Construct, { domain, hosts, zone }: Site, props: StackProps) {
    super(scope, certificateStack, { ...props, env: { ...props.env, region: certificateRegion } });
    const known = zoneOf(this, { domain, hosts, zone });
    const certificate = new Certificate(this, "Certificate", {
      domainName: domain,
      ...(hosts.length > 0 ? { subjectAlternativeNames: [...hosts] } : {}),
      validation: known ? CertificateValidation.fromDnsMultiZone({ [domain]: known }) : CertificateValidation.fromDns(),
    });
    new CfnOutput(this, certificateOutput, { value: certificate.certificateArn });
  }
}

/** The gateway must see its own name as host, so the visitor's travels in a header, and their address in another; what a visitor says there is replaced. (platform/viewer.ts reads them.) */
const passHostOn = `function handler(event) {
  var request = event.request;
  request.headers["x-viewer-host"] = { value: request.headers.host.value };
  request.headers["x-viewer-address"] = { value: event.viewer.ip };
  return request;
}`;

/** What is public lies in the bucket under the path that it is asked for by. */
const mediaPath = `/${publicKey("*")}`;

export type CdnStackProps = StackProps & { httpApi: HttpApi; bucket: IBucket; cdnKey: string | undefined };

/**
 * The one CDN before everything. It keeps nothing of `/v1`, of pages only what says so itself and a minute at most, and
 * published media for as long as they say, read from the bucket without passing a function.
 */
export class CdnStack extends Stack {
  constructor(scope: Construct, site: Site, { httpApi, bucket, cdnKey, ...props }: CdnStackProps) {
    super(scope, "samenspraak-cdn", props);
    const api = new HttpOrigin(`${httpApi.apiId}.execute-api.${this.region}.${this.urlSuffix}`, {
      // platform/viewer.ts; whatever a visitor says in it is replaced.
      customHeaders: cdnKey === undefined ? {} : { "x-cdn-key": cdnKey },
    });
    const hostPasser = new EdgeFunction(this, "PassHostOn", {
      code: FunctionCode.fromInline(passHostOn),
      runtime: FunctionRuntime.JS_2_0,
    });
    const toApi: BehaviorOptions = {
      origin: api,
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      allowedMethods: AllowedMethods.ALLOW_ALL,
      originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      functionAssociations: [{ function: hostPasser, eventType: FunctionEventType.VIEWER_REQUEST }],
      compress: true,
    };
    const cards = cardsPolicy(this);
    const distribution = new Distribution(this, "Cdn", {
      comment: `Samenspraak: ${site.domain}`,
      domainNames: [site.domain, ...site.hosts],
      certificate: Certificate.fromCertificateArn(
        this,
        "Certificate",
        Fn.getStackOutput(certificateStack, certificateOutput, certificateRegion),
      ),
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: PriceClass.PRICE_CLASS_100,
      defaultBehavior: { ...toApi, cachePolicy: pagesPolicy(this) },
      additionalBehaviors: {
        "/v1/*": { ...toApi, cachePolicy: CachePolicy.CACHING_DISABLED },
        "/c/*/card.png": { ...toApi, cachePolicy: cards },
        "/p/*/card.png": { ...toApi, cachePolicy: cards },
        "/i/*/card.png": { ...toApi, cachePolicy: cards },
        [mediaPath]: {
          origin: mediaOrigin(this, bucket, api),
          viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
          allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
          cachePolicy: CachePolicy.CACHING_OPTIMIZED,
          responseHeadersPolicy: mediaHeaders(this),
          compress: true,
        },
      },
    });
    // The data stack has that policy (letCdnRead).
    Annotations.of(this).acknowledgeWarning("@aws-cdk/aws-cloudfront-origins:updateImportedBucketPolicyOac");
    const zone = zoneOf(this, site);
    const target = RecordTarget.fromAlias(new CloudFrontTarget(distribution));
    if (zone) {
      // With a dot at the end, the name is whole.
      const record = { zone, recordName: `${site.domain}.`, target };
      new ARecord(this, "Ipv4", record);
      new AaaaRecord(this, "Ipv6", record);
    } else {
      new CfnOutput(this, "DomainRecord", { value: `${site.domain} CNAME ${distribution.distributionDomainName}` });
    }
    for (const [i, host] of site.hosts.entries())
      new CfnOutput(this, `HostRecord${i + 1}`, { value: `${host} CNAME ${site.domain}` });
  }
}

/** Feeds and the like say `public, max-age=60`; everything else says no-store, and is not kept. */
const pagesPolicy = (scope: Construct): CachePolicy =>
  new CachePolicy(scope, "Pages", {
    comment: "What says that it may be kept, for a minute at most.",
    minTtl: Duration.seconds(0),
    defaultTtl: Duration.seconds(0),
    maxTtl: Duration.minutes(1),
    queryStringBehavior: CacheQueryStringBehavior.all(),
    headerBehavior: CacheHeaderBehavior.allowList("accept", "x-viewer-host"),
    enableAcceptEncodingGzip: true,
    enableAcceptEncodingBrotli: true,
  });

/** The pictures of link previews, whose address changes with what they say. */
const cardsPolicy = (scope: Construct): CachePolicy =>
  new CachePolicy(scope, "Cards", {
    comment: "What is drawn on request, for as long as it says.",
    minTtl: Duration.seconds(0),
    defaultTtl: Duration.seconds(0),
    maxTtl: Duration.days(1),
    queryStringBehavior: CacheQueryStringBehavior.allowList("lang", "v"),
    headerBehavior: CacheHeaderBehavior.allowList("x-viewer-host"),
  });

/** The bucket; and for what is not there the function that knows whether it ever was (404), or was deleted (410). */
const mediaOrigin = (scope: Construct, bucket: IBucket, api: IOrigin): IOrigin =>
  new OriginGroup({
    primaryOrigin: S3BucketOrigin.withOriginAccessControl(
      // Its policy is in the data stack (letCdnRead), which cannot name what comes after it.
      Bucket.fromBucketAttributes(scope, "Media", {
        bucketArn: bucket.bucketArn,
        bucketRegionalDomainName: bucket.bucketRegionalDomainName,
      }),
    ),
    fallbackOrigin: api,
    // S3 says 403 of what is not there.
    fallbackStatusCodes: [403, 404],
  });

/** What S3 does not say itself. A function's own headers stay as they are, so that none is there twice. */
const mediaHeaders = (scope: Construct): ResponseHeadersPolicy =>
  new ResponseHeadersPolicy(scope, "MediaHeaders", {
    comment: "A file is what it says, and runs nothing.",
    securityHeadersBehavior: {
      contentTypeOptions: { override: false },
      contentSecurityPolicy: { contentSecurityPolicy: "default-src 'none'; sandbox", override: false },
      referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: false },
      strictTransportSecurity: {
        accessControlMaxAge: Duration.days(730),
        includeSubdomains: true,
        override: false,
      },
    },
  });

/** Lets this account's CDN read what is public, and nothing else of the bucket. */
export const letCdnRead = (bucket: Bucket): void => {
  const { account, partition } = Stack.of(bucket);
  bucket.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal("cloudfront.amazonaws.com")],
      actions: ["s3:GetObject"],
      resources: [bucket.arnForObjects(publicKey("*"))],
      conditions: { ArnLike: { "aws:SourceArn": `arn:${partition}:cloudfront::${account}:distribution/*` } },
    }),
  );
};
