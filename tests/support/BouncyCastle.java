// Encrypts files as services written in Java do, with BouncyCastle's own generators:
//   java -cp … BouncyCastle.java CERTIFICATE CONTENT DIRECTORY
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.MGF1ParameterSpec;
import java.util.Date;
import javax.activation.DataHandler;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.mail.internet.MimeBodyPart;
import javax.mail.util.ByteArrayDataSource;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.cms.Time;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSAuthEnvelopedDataStreamGenerator;
import org.bouncycastle.cms.CMSEnvelopedDataStreamGenerator;
import org.bouncycastle.cms.SimpleAttributeTableGenerator;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientInfoGenerator;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.mail.smime.SMIMEEnvelopedGenerator;
import org.bouncycastle.operator.OutputAEADEncryptor;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.operator.jcajce.JcaAlgorithmParametersConverter;

public class BouncyCastle {
    public static void main(String[] args) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        X509Certificate certificate;
        try (FileInputStream in = new FileInputStream(args[0])) {
            certificate = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
        byte[] content = Files.readAllBytes(Path.of(args[1]));
        Path directory = Path.of(args[2]);

        // A mail: inner MIME headers and base64, then BER in chunks of 1000 bytes, then base64 again.
        MimeBodyPart part = new MimeBodyPart();
        part.setDataHandler(new DataHandler(new ByteArrayDataSource(content, "application/zip")));
        part.setFileName("export.zip");
        part.setHeader("Content-Transfer-Encoding", "base64");
        SMIMEEnvelopedGenerator mail = new SMIMEEnvelopedGenerator();
        mail.addRecipientInfoGenerator(recipient(certificate));
        try (OutputStream out = new FileOutputStream(directory.resolve("mail.p7m").toFile())) {
            mail.generate(part, encryptor(CMSAlgorithm.AES256_CBC)).writeTo(out);
        }

        enveloped(directory.resolve("ber.p7m"), content, recipient(certificate), CMSAlgorithm.AES256_CBC);
        enveloped(directory.resolve("des.p7m"), content, recipient(certificate), CMSAlgorithm.DES_EDE3_CBC);
        OAEPParameterSpec oaep = new OAEPParameterSpec(
            "SHA-256", "MGF1", new MGF1ParameterSpec("SHA-256"), PSource.PSpecified.DEFAULT);
        AlgorithmIdentifier wrapping = new JcaAlgorithmParametersConverter()
            .getAlgorithmIdentifier(PKCSObjectIdentifiers.id_RSAES_OAEP, oaep);
        enveloped(
            directory.resolve("oaep.p7m"), content,
            new JceKeyTransRecipientInfoGenerator(certificate, wrapping).setProvider("BC"), CMSAlgorithm.AES128_CBC);
        byte[] id = new JcaX509ExtensionUtils().createSubjectKeyIdentifier(certificate.getPublicKey()).getKeyIdentifier();
        enveloped(
            directory.resolve("keyid.p7m"), content,
            new JceKeyTransRecipientInfoGenerator(id, certificate.getPublicKey()).setProvider("BC"), CMSAlgorithm.AES192_CBC);

        // Authenticated attributes stand behind the ciphertext that they are authenticated with.
        authenticated(directory.resolve("gcm.p7m"), content, certificate, null);
        AttributeTable attributes = new AttributeTable(
            new Attribute(CMSAttributes.signingTime, new DERSet(new Time(new Date(1_700_000_000_000L)))));
        authenticated(directory.resolve("gcm-attributes.p7m"), content, certificate, attributes);
    }

    private static JceKeyTransRecipientInfoGenerator recipient(X509Certificate certificate) throws Exception {
        return new JceKeyTransRecipientInfoGenerator(certificate).setProvider("BC");
    }

    private static OutputEncryptor encryptor(ASN1ObjectIdentifier cipher) throws Exception {
        return new JceCMSContentEncryptorBuilder(cipher).setProvider("BC").build();
    }

    private static void enveloped(
        Path file, byte[] content, JceKeyTransRecipientInfoGenerator recipient, ASN1ObjectIdentifier cipher)
        throws Exception {
        CMSEnvelopedDataStreamGenerator generator = new CMSEnvelopedDataStreamGenerator();
        generator.addRecipientInfoGenerator(recipient);
        generator.setBufferSize(1000);
        try (OutputStream file2 = new FileOutputStream(file.toFile());
            OutputStream out = generator.open(file2, encryptor(cipher))) {
            out.write(content);
        }
    }

    private static void authenticated(Path file, byte[] content, X509Certificate certificate, AttributeTable attributes)
        throws Exception {
        CMSAuthEnvelopedDataStreamGenerator generator = new CMSAuthEnvelopedDataStreamGenerator();
        generator.addRecipientInfoGenerator(recipient(certificate));
        if (attributes != null) {
            generator.setAuthenticatedAttributeGenerator(new SimpleAttributeTableGenerator(attributes));
        }
        try (OutputStream file2 = new FileOutputStream(file.toFile());
            OutputStream out = generator.open(file2, (OutputAEADEncryptor) encryptor(CMSAlgorithm.AES256_GCM))) {
            out.write(content);
        }
    }
}
